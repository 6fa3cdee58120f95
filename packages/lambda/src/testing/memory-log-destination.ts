import type { Deferred } from "@fc/core";
import type { LogDestination, LogEvent, LogLimits, LogStreamId } from "../event-sources/log-destination.ts";

/** A {@link LogDestination} that keeps what it is sent. */
export interface MemoryLogDestination extends LogDestination {
  /** One for every call that went well. */
  readonly batches: readonly { readonly stream: LogStreamId; readonly events: readonly LogEvent[] }[];
  /** How often it was called. */
  readonly calls: number;
  readonly closed: boolean;
  /** Makes every call fail until it is unset. */
  failure: Error | undefined;
  /** Holds calls up until it is resolved. */
  gate: Deferred<void> | undefined;
}

/** @param limits where they differ from CloudWatch Logs' */
export function memoryLogDestination(limits: Partial<LogLimits> = {}): MemoryLogDestination {
  const batches: { readonly stream: LogStreamId; readonly events: readonly LogEvent[] }[] = [];
  let calls = 0;
  let closed = false;
  const destination: MemoryLogDestination = {
    specificationVersion: "v1",
    limits: { events: 10_000, bytes: 1_048_576, overheadBytes: 26, eventBytes: 262_144, spanMs: 86_400_000, ...limits },
    batches,
    get calls() {
      return calls;
    },
    get closed() {
      return closed;
    },
    failure: undefined,
    gate: undefined,
    put: async (stream, events) => {
      calls += 1;
      await destination.gate?.promise;
      if (destination.failure !== undefined) throw destination.failure;
      batches.push({ stream, events });
    },
    [Symbol.asyncDispose]: () => {
      closed = true;
      return Promise.resolve();
    },
  };
  return destination;
}
