import type {
  CacheBackend,
  CacheEngine,
  CacheGroupSpec,
  CacheGroupStatus,
  CacheNodeEvent,
  CacheNodeSpec,
  CacheNodeStatus,
} from "../backend/backend.ts";
import type { Ability, BackendAbilities } from "./abilities.ts";
import type { CacheClient, ClientOptions } from "./target.ts";

/** Where a case works: a backend of its own, and names that no other case has. All that it starts is ended after the case. */
export interface Bench<A extends Ability = never> {
  readonly backend: CacheBackend;
  /** Aborts when the case's time is up. */
  readonly signal: AbortSignal;
  readonly abilities: Pick<BackendAbilities, A>;
  /** A node of its own. */
  readonly node: (engine: CacheEngine, over?: Partial<CacheNodeSpec>) => CacheNodeSpec;
  /** A group of one shard. Asked again with the same name, it is the same group with as many nodes. */
  readonly group: (name: string, nodes: number, over?: Partial<CacheGroupSpec>) => CacheGroupSpec;
  readonly start: (spec: CacheNodeSpec, restore?: { sha256: string; sizeBytes: number }) => Promise<CacheNodeStatus>;
  readonly startGroup: (spec: CacheGroupSpec) => Promise<CacheGroupStatus>;
  readonly client: (engine: CacheEngine, options?: Omit<ClientOptions, "protocol">) => CacheClient;
  /** The next event of this kind. */
  readonly next: (nodeKey: string, type: CacheNodeEvent["type"]) => Promise<CacheNodeEvent>;
  /** Goes on as the next process: with another backend of the same installation. */
  readonly reopen: () => Promise<void>;
}
