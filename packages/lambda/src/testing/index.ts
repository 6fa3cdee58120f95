/**
 * Doubles for tests of what stands on `@fc/lambda`.
 *
 * @packageDocumentation
 */
export { type LaunchFault, type MemoryBackend, type MemoryBackendOptions, memoryBackend } from "./memory-backend.ts";
export { createMemoryBlobStore, type MemoryBlobStore } from "./memory-blob-store.ts";
export { type MemoryCodeObjects, memoryCodeObjects } from "./memory-code-objects.ts";
export { type MemoryDestinations, memoryDestinations } from "./memory-destinations.ts";
export type { MemoryEnvironment } from "./memory-environment.ts";
export { memoryEventSources } from "./memory-event-sources.ts";
export {
  type MemoryContext,
  MemoryFault,
  type MemoryFaultKind,
  type MemoryFunction,
  MemoryStreamedResponse,
} from "./memory-function.ts";
export { type MemoryLogDestination, memoryLogDestination } from "./memory-log-destination.ts";
export { type MemoryQueue, type MemoryQueueOptions, memoryQueue } from "./memory-queue.ts";
export { type MemoryStream, memoryStream } from "./memory-stream.ts";
