/**
 * Doubles for tests of what stands on a cache backend.
 *
 * @packageDocumentation
 */
export { createMemoryBlobStore } from "./memory-blob-store.ts";
export {
  createMemoryCacheBackend,
  type MemoryBackendCall,
  type MemoryCacheBackend,
  type MemoryCacheBackendOptions,
} from "./memory-cache-backend.ts";
export type { MemoryGroup, MemoryNode } from "./memory-node.ts";
export { createMemorySnapshotFiles, type MemorySnapshotFiles } from "./memory-snapshot-files.ts";
export { sampleRdb } from "./sample-rdb.ts";
