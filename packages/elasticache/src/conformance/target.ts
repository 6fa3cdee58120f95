import type { CacheBackend, CacheNodeStatus } from "../backend/backend.ts";
import type { Ability, BackendAbilities } from "./abilities.ts";

/** An address that clients connect to. */
export type CacheEndpoint = CacheNodeStatus["endpoint"];

/** What a client of a cache does, each time on a connection of its own. */
export interface CacheClient {
  /** Rejects with the engine's refusal. */
  set(at: CacheEndpoint, key: string, value: string): Promise<void>;
  /** Undefined when there is no such key. */
  get(at: CacheEndpoint, key: string): Promise<string | undefined>;
}

/** How a client connects. */
export interface ClientOptions {
  readonly protocol: "redis" | "memcached";
  /** Of the user `default`. */
  readonly password?: string;
}

/** A backend to run the cases on. */
export interface ConformanceTarget {
  /** Makes a backend of the same installation each time, as a new process does. The case disposes it. Cases run one after the other. */
  readonly open: () => Promise<CacheBackend> | CacheBackend;
  /** Makes a client that reaches the backend's endpoints. Default: one over TCP. */
  readonly client?: (options: ClientOptions) => CacheClient;
  /** What it can do beyond the contract; a case that needs more is skipped. */
  readonly abilities?: Partial<BackendAbilities>;
  /** Why an ability is missing, for the reports of skipped cases. */
  readonly absent?: Partial<Readonly<Record<Ability, string>>>;
}
