import type { CacheBackend } from "@fc/elasticache/backend";
import { createMemoryBlobStore, createMemoryCacheBackend } from "@fc/elasticache/testing";

/** Caches in memory, which take snapshots of what has none. */
export function createCacheBackend(): CacheBackend {
  const backend = createMemoryCacheBackend({ blobs: createMemoryBlobStore() });
  return Object.assign(backend, { snapshot: async () => ({ sha256: "0".repeat(64), sizeBytes: 0 }) });
}

/** What the kit should know. */
export const conformance = { absent: { adoption: "caches in memory end with the process" } };
