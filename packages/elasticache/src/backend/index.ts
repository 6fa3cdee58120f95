/**
 * What a cache backend implements: types, its error, and the commands that it keeps from customers.
 *
 * @packageDocumentation
 */
export type {
  CacheAccess,
  CacheBackend,
  CacheBackendServices,
  CacheEngine,
  CacheGroupSpec,
  CacheGroupStatus,
  CacheNodeEvent,
  CacheNodeSpec,
  CacheNodeStatus,
  CacheShardSpec,
  CacheShardStatus,
  CacheUser,
} from "./backend.ts";
export { CacheBackendError, type CacheBackendErrorCode } from "./backend-error.ts";
export { restrictedCommands } from "./restricted-commands.ts";
