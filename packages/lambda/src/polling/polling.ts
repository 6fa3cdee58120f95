import type { Clock, Logger } from "@fc/core";
import type { EventFilter } from "../event-filter/filter-pattern.ts";
import type { MappingRecord } from "../state/mapping-records.ts";

/** What a poller works with. */
export interface Polling {
  readonly mapping: MappingRecord;
  readonly filter: EventFilter;
  readonly clock: Clock;
  readonly logger: Logger;
  /** @throws when the function cannot be invoked now: nothing is taken from a queue for it then. */
  readonly checkTarget: () => void;
  /** Runs the function. Rejects when the event did not reach it: throttled, or no environment. */
  readonly invoke: (event: object, signal: AbortSignal) => Promise<BatchAnswer>;
  /** Tells that reading has begun. */
  readonly opened: () => void;
  /** Shows as LastProcessingResult. */
  readonly report: (result: ProcessingResult) => void;
}

export type ProcessingResult = "OK" | `PROBLEM: ${string}`;

/** What the function made of a batch. */
export interface BatchAnswer {
  readonly requestId: string;
  readonly executedVersion: string;
  /** The function's own failure: exception, timeout, crash. */
  readonly failed: boolean;
  readonly payload: Uint8Array;
}

/** Lambda's own words for a batch whose function failed. */
export const functionCallFailed: ProcessingResult = "PROBLEM: Function call failed";
