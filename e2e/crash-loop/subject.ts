import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import type { LambdaClient } from "@aws-sdk/client-lambda";

/** The official clients of one server. */
export interface Clients {
  readonly lambda: LambdaClient;
  readonly caches: ElastiCacheClient;
}

/** Something that one caller changes again and again, and that can be looked at after a crash. */
export interface Subject {
  /** Asks for one change. Resolves with whether it was made: it may be refused. Rejects when the server goes meanwhile. */
  change(clients: Clients, chance: () => number): Promise<boolean>;
  /** @throws Error for a change that was acknowledged and is not there, and for half of one */
  check(clients: Clients): Promise<void>;
}
