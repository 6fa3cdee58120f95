/**
 * What a cache backend implements: types and its error, nothing else.
 *
 * @packageDocumentation
 */
export type {
  CacheBackend,
  CacheBackendServices,
  CacheEngine,
  CacheNodeEvent,
  CacheNodeSpec,
  CacheNodeStatus,
} from "./backend.ts";
export { CacheBackendError, type CacheBackendErrorCode } from "./backend-error.ts";
