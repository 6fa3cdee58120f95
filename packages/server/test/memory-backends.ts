import type { CacheBackend } from "@fc/elasticache/backend";
import { createMemoryBlobStore, createMemoryCacheBackend } from "@fc/elasticache/testing";
import type { LambdaBackend } from "@fc/lambda/backend";
import { MemoryStreamedResponse, memoryBackend } from "@fc/lambda/testing";

/** Backends without a cluster, as a server loads them by name. */
export function createLambdaBackend(): LambdaBackend {
  return memoryBackend({ handlers: { f: (event) => event, streamed: () => streamed() } });
}

/** Answers 201 with two cookies and more than anybody reads. */
function streamed(): MemoryStreamedResponse {
  const metadata = JSON.stringify({ statusCode: 201, cookies: ["a=1", "b=2"] });
  async function* chunks(): AsyncGenerator<string> {
    yield `${metadata}${"\0".repeat(8)}first`;
    for (let count = 0; count < 1_000; count += 1) yield "more";
  }
  return new MemoryStreamedResponse(chunks(), "application/vnd.awslambda.http-integration-response");
}

export function createCacheBackend(): CacheBackend {
  return createMemoryCacheBackend({ blobs: createMemoryBlobStore() });
}
