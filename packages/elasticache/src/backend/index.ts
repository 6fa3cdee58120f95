/**
 * What a cache backend implements: types, its error, the commands that it keeps from customers, and how an RDB is checked and slots are read.
 *
 * @packageDocumentation
 */

export { type RdbFacts, verifiedRdb } from "../rdb/rdb-verifier.ts";
export { parseSlots, slotRanges } from "../slots/slots.ts";
export type {
  CacheAccess,
  CacheBackend,
  CacheBackendServices,
  CacheCallOptions,
  CacheDiscovery,
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
