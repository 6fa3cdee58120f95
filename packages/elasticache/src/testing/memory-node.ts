import type { CacheGroupSpec, CacheNodeSpec, CacheNodeStatus } from "../backend/backend.ts";

/** A node that "runs". */
export interface MemoryNode {
  readonly spec: CacheNodeSpec;
  /** The data set: what a snapshot stores and a restore loads. */
  readonly data: Uint8Array;
  readonly status: CacheNodeStatus;
}

/** A group that "runs". */
export interface MemoryGroup {
  readonly spec: CacheGroupSpec;
  /** Node keys by shard id. */
  readonly primaries: Readonly<Record<string, string>>;
}
