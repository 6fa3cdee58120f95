import { FcError, type FcErrorOptions } from "@fc/core";

/**
 * - `FC_CACHE_START_FAILED`: the node could not be made; `details.reason` is the cluster's reason (`ErrImagePull`, `Unschedulable`…).
 * - `FC_CACHE_REBOOT_FAILED`: the new node did not come up; the old one still serves.
 * - `FC_CACHE_FAILOVER_FAILED`: the replica did not become the primary.
 * - `FC_CACHE_SNAPSHOT_FAILED`: no complete, verified RDB could be had. Nothing was stored.
 * - `FC_CACHE_SNAPSHOT_UNSUPPORTED`: the engine has no snapshots (memcached).
 * - `FC_CACHE_PARAMETER_REJECTED`: the engine refused a parameter; `details.parameter` and the engine's own words.
 * - `FC_CACHE_ACCESS_FAILED`: users, or an encrypted connection, could not be had from the engine.
 * - `FC_CACHE_NODE_NOT_FOUND`: there is no such node.
 */
export type CacheBackendErrorCode =
  | "FC_CACHE_START_FAILED"
  | "FC_CACHE_REBOOT_FAILED"
  | "FC_CACHE_FAILOVER_FAILED"
  | "FC_CACHE_SNAPSHOT_FAILED"
  | "FC_CACHE_SNAPSHOT_UNSUPPORTED"
  | "FC_CACHE_PARAMETER_REJECTED"
  | "FC_CACHE_ACCESS_FAILED"
  | "FC_CACHE_NODE_NOT_FOUND";

/** What a {@link CacheBackend} throws. */
export class CacheBackendError extends FcError {
  constructor(code: CacheBackendErrorCode, message: string, options: FcErrorOptions = {}) {
    super(code, message, options);
  }
}
