import type { CacheBackend } from "@fc/elasticache/backend";
import { createMemoryBlobStore, createMemoryCacheBackend } from "@fc/elasticache/testing";
import type { LambdaBackend } from "@fc/lambda/backend";
import { memoryBackend } from "@fc/lambda/testing";

/** Backends without a cluster, as a server loads them by name. */
export function createLambdaBackend(): LambdaBackend {
  return memoryBackend({ handlers: { f: (event) => event } });
}

export function createCacheBackend(): CacheBackend {
  return createMemoryCacheBackend({ blobs: createMemoryBlobStore() });
}
