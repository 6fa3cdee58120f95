import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";

/** As many as V8 takes by itself, whatever the machine. */
const mostThreads = 4;

/** How many threads V8 may use beside the main one: one core is the main thread's. */
export function backgroundThreads(cores: number): number {
  return Math.min(Math.max(1, cores - 1), mostThreads);
}

/**
 * V8 compiles what is hot and marks garbage on four threads beside the main one. On a machine of two cores they keep both from the Pod that
 * starts, for some 30 ms: whose first invocation this meets waits so much longer. For the program alone: a library does not change
 * its host's process.
 */
export function limitBackgroundThreads(): void {
  const threads = backgroundThreads(availableParallelism());
  setFlagsFromString(`--concurrent-turbofan-max-threads=${threads}`);
  setFlagsFromString(`--concurrent-marking-max-worker-num=${threads}`);
}
