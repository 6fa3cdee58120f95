import { errorText } from "@fc/core";
import { backoffMs } from "./backoff.ts";
import { batchItemFailures } from "./batch-item-failures.ts";
import type { FailedBatch } from "./failed-batch.ts";
import { type BatchAnswer, functionCallFailed } from "./polling.ts";
import type { ShardWindow } from "./shard-window.ts";
import type { StreamItem } from "./stream-item.ts";
import type { StreamPolling } from "./stream-polling.ts";

export interface BatchCall {
  readonly polling: StreamPolling;
  readonly shardId: string;
  /** Records that are done: processed, or given up. */
  readonly done: (items: readonly StreamItem[]) => void;
  readonly signal: AbortSignal;
  /** The tumbling window that the records are of, where there are such. */
  readonly window?: ShardWindow | undefined;
}

/** Records that the function has to process together. */
interface Part {
  readonly items: readonly StreamItem[];
  /** Runs that failed. */
  readonly failures: number;
  /** Tries that did not reach the function, in a row. They use up no retries. */
  readonly undelivered: number;
  readonly answer?: BatchAnswer;
}

/**
 * Runs the function with records of a stream, in order, until all of them are done. A batch that fails is tried again, from the
 * first record that the function reports, or in halves, until its retries or its age are used up; then it is given up. Rejects
 * only when `signal` aborts.
 */
export async function processBatch(call: BatchCall, batch: readonly StreamItem[]): Promise<void> {
  const parts: Part[] = [{ items: batch, failures: 0, undelivered: 0 }];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) parts.unshift(...(await step(call, part)));
}

/** One run. Gives what is left to do of the part, in order. */
async function step(call: BatchCall, part: Part): Promise<Part[]> {
  const { polling, signal } = call;
  signal.throwIfAborted();
  const expired = expiredCount(polling, part.items);
  if (expired > 0) {
    giveUp(call, part.items.slice(0, expired), "RecordAgeExceeded", part);
    return expired < part.items.length ? [{ ...part, items: part.items.slice(expired) }] : [];
  }
  let answer: BatchAnswer;
  try {
    const records = part.items.map(({ event }) => event);
    answer = await polling.invoke({ Records: records, ...call.window?.properties("records") }, signal);
  } catch (error) {
    signal.throwIfAborted();
    polling.report(`PROBLEM: ${errorText(error)}`);
    await polling.clock.sleep(backoffMs(part.undelivered + 1), signal);
    return [{ ...part, undelivered: part.undelivered + 1 }];
  }
  // A function that failed because everything is being stopped has not used up a retry.
  if (answer.failed) signal.throwIfAborted();
  const from = firstFailure(call, part.items, answer);
  if (from === undefined) {
    polling.report("OK");
    call.done(part.items);
    return [];
  }
  polling.report(functionCallFailed);
  return await afterFailure(call, part, from, answer);
}

async function afterFailure(call: BatchCall, part: Part, from: number, answer: BatchAnswer): Promise<Part[]> {
  const { polling, signal } = call;
  const { bisectBatchOnFunctionError, maximumRetryAttempts } = polling.stream;
  if (from > 0) call.done(part.items.slice(0, from));
  const items = part.items.slice(from);
  // What was processed is progress: the rest is a batch of its own that has failed once.
  const failures = from > 0 ? 1 : part.failures + 1;
  if (bisectBatchOnFunctionError && from === 0 && items.length > 1) {
    // AWS: splitting does not count against the retries.
    const middle = Math.ceil(items.length / 2);
    const half = { failures: 0, undelivered: 0, answer };
    return [
      { ...half, items: items.slice(0, middle) },
      { ...half, items: items.slice(middle) },
    ];
  }
  if (maximumRetryAttempts !== -1 && failures > maximumRetryAttempts) {
    giveUp(call, items, "RetryAttemptsExhausted", { failures, answer });
    return [];
  }
  await polling.clock.sleep(backoffMs(failures), signal);
  return [{ items, failures, undelivered: 0, answer }];
}

/** Index of the first record that failed; undefined when all went well. */
function firstFailure(call: BatchCall, items: readonly StreamItem[], answer: BatchAnswer): number | undefined {
  if (answer.failed) return 0;
  const from = call.polling.mapping.settings.reportBatchItemFailures ? reportedFailure(items, answer) : undefined;
  // State is of the records before it; without any the answer is no success.
  return from === 0 || call.window === undefined || call.window.accepts(answer.payload) ? from : 0;
}

function reportedFailure(items: readonly StreamItem[], answer: BatchAnswer): number | undefined {
  const failed = batchItemFailures(answer.payload, new Set(items.map(({ record }) => record.sequenceNumber)));
  if (failed === undefined) return 0;
  const index = items.findIndex(({ record }) => failed.has(record.sequenceNumber));
  return index < 0 ? undefined : index;
}

function expiredCount({ stream, clock }: StreamPolling, items: readonly StreamItem[]): number {
  if (stream.maximumRecordAgeSeconds === -1) return 0;
  const oldest = clock.now() - stream.maximumRecordAgeSeconds * 1_000;
  const fresh = items.findIndex(({ record }) => record.arrivedAtMs >= oldest);
  return fresh < 0 ? items.length : fresh;
}

function giveUp(
  { polling, shardId, done }: BatchCall,
  items: readonly StreamItem[],
  condition: FailedBatch["condition"],
  { failures, answer }: Pick<Part, "failures" | "answer">,
): void {
  polling.logger.warn({ mapping: polling.mapping.id, shardId, records: items.length, condition }, "records given up");
  polling.giveUp({ shardId, items, condition, invokeCount: failures, answer }, () => done(items));
}
