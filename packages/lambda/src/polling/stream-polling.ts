import type { StreamSettings } from "../state/mapping-records.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { FailedBatch } from "./failed-batch.ts";
import type { Polling } from "./polling.ts";

/** What pollers of streams work with. */
export interface StreamPolling extends Polling {
  readonly stream: StreamSettings;
  readonly checkpoints: Checkpoints;
  /** The function's execution role. */
  readonly role: () => string;
  /** Sends the batch to the mapping's destination, if it has one, in one transaction with `alsoWrite`. */
  readonly giveUp: (batch: FailedBatch, alsoWrite: () => void) => void;
}
