import type { CacheNodeSpec, CacheNodeStatus } from "../backend/backend.ts";

/** What a backend, or whoever runs the cases on it, can do beyond the contract. */
export interface BackendAbilities {
  /** Names what exists of nodes and groups now (Pods, Services, Secrets), whether the backend still knows of it or not. */
  readonly leftovers: () => Promise<readonly string[]>;
  /** Takes what runs a node away behind the backend's back: its Pod is deleted, or its engine ends at once. */
  readonly lose: (node: CacheNodeStatus, how: "deleted" | "crashed") => Promise<void>;
  /** What makes a redis impossible to start: a parameter value that the engine refuses, say. */
  readonly unstartable: Partial<CacheNodeSpec>;
  /** Users are the engine's: who is not listed, or has another password, is refused. */
  readonly access: true;
  /** Replication groups replicate. */
  readonly replication: true;
  /** Groups can be in cluster mode: shards have slots, and engines send clients to the node that has theirs. */
  readonly slots: true;
  /** Nodes outlive the process: another backend of the same installation adopts them. */
  readonly adoption: true;
}

export type Ability = keyof BackendAbilities;
