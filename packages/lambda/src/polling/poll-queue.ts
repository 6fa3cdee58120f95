import { errorText } from "@fc/core";
import type { QueueMessage, QueueSource } from "../event-sources/queue-source.ts";
import { backoffMs, pauseAfterFailure } from "./backoff.ts";
import { batchItemFailures } from "./batch-item-failures.ts";
import { type BatchAnswer, functionCallFailed, type Polling } from "./polling.ts";
import { QueueBatches, type ReceivedMessage } from "./queue-batches.ts";

/** Batches that run at once unless ScalingConfig says otherwise. AWS starts with as many. */
const defaultConcurrency = 5;

/**
 * Invokes the function with a queue's messages until `signal` aborts; then gives back what it has not processed and waits for
 * what runs. What fails is left to the queue: it comes again after the visibility timeout, and goes to the queue's own
 * dead-letter queue. A queue that cannot be read is tried again. Rejects with the signal's reason.
 */
export async function pollQueue(polling: Polling, queue: QueueSource, signal: AbortSignal): Promise<void> {
  polling.opened();
  const running = new Set<Promise<void>>();
  let failures = 0;
  const recovered = (): void => {
    if (failures > 0) polling.report("OK");
    failures = 0;
  };
  const batches = new QueueBatches(polling, queue, () => running.size > 0, recovered);
  const concurrency = polling.mapping.settings.maximumConcurrency ?? defaultConcurrency;
  try {
    while (!signal.aborted) {
      while (running.size >= concurrency) await Promise.race(running);
      try {
        polling.checkTarget();
        const batch = await batches.next(signal);
        const run = runBatch(polling, queue, batches, batch, signal).finally(() => running.delete(run));
        running.add(run);
      } catch (error) {
        // Batches that run go on meanwhile.
        failures += 1;
        await pauseAfterFailure(polling, { what: "reading the queue", error, failures }, signal);
      }
    }
  } finally {
    await Promise.allSettled([...running, batches.release()]);
  }
}

/** Never rejects: what goes wrong with one batch is reported, and its messages come again. */
async function runBatch(
  polling: Polling,
  queue: QueueSource,
  batches: QueueBatches,
  batch: readonly ReceivedMessage[],
  signal: AbortSignal,
): Promise<void> {
  const event = { Records: batch.map(({ record }) => record) };
  try {
    const hiddenUntil = (batch[0]?.receivedAt ?? 0) + queue.visibilityTimeoutSeconds * 1_000;
    const answer = await invokePatiently(polling, event, hiddenUntil, signal);
    if (answer === undefined) return;
    const done = doneMessages(polling, batch, answer);
    await batches.delete(done);
    polling.report(done.length === 0 ? functionCallFailed : "OK");
  } catch (error) {
    // Stopped before the function saw the batch.
    if (signal.aborted) return await batches.giveBack(batch);
    polling.logger.warn({ mapping: polling.mapping.id, error: errorText(error) }, "a batch of messages failed");
    polling.report(`PROBLEM: ${errorText(error)}`);
  }
}

/** Tries while the messages stay hidden: a throttled function does not use up their receive count. Undefined: given up. */
async function invokePatiently(
  polling: Polling,
  event: object,
  untilMs: number,
  signal: AbortSignal,
): Promise<BatchAnswer | undefined> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await polling.invoke(event, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const wait = backoffMs(failures);
      polling.report(`PROBLEM: ${errorText(error)}`);
      if (polling.clock.now() + wait >= untilMs) return undefined;
      await polling.clock.sleep(wait, signal);
    }
  }
}

function doneMessages(polling: Polling, batch: readonly ReceivedMessage[], answer: BatchAnswer): QueueMessage[] {
  if (answer.failed) return [];
  const messages = batch.map(({ message }) => message);
  if (!polling.mapping.settings.reportBatchItemFailures) return messages;
  const failed = batchItemFailures(answer.payload, new Set(messages.map(({ messageId }) => messageId)));
  return failed === undefined ? [] : messages.filter(({ messageId }) => !failed.has(messageId));
}
