import { type Clock, errorText, withDeadline } from "@fc/core";
import type { QueueMessage, QueueSource } from "../event-sources/queue-source.ts";
import { isFifo } from "../mappings/source-kind.ts";
import { fittingCount, recordBytes } from "./batch.ts";
import type { Polling } from "./polling.ts";
import { filterableQueueEvent, type QueueEventRecord, queueEventRecord } from "./queue-event.ts";

/** The most that SQS gives at once, and the longest that it waits. */
const maximumReceive = 10;
const longestWaitMs = 20_000;
/** Emulators look at which message groups are free only when a call begins: while batches run the next call must not be far. */
const busyFifoWaitMs = 1_000;
/** Milliseconds between calls that give nothing. */
const shortestIntervalMs = 1_000;
/** Milliseconds that a call may take longer than it was asked to wait. */
const callTimeoutMs = 10_000;

/** A message that waits for its batch. */
export interface ReceivedMessage {
  readonly message: QueueMessage;
  readonly record: QueueEventRecord;
  readonly bytes: number;
  readonly receivedAt: number;
}

/** Receives messages, deletes those that filters drop, and makes batches of the others. */
export class QueueBatches {
  readonly #polling: Polling;
  readonly #queue: QueueSource;
  readonly #clock: Clock;
  readonly #isBusy: () => boolean;
  readonly #onRead: () => void;
  #waiting: ReceivedMessage[] = [];

  /**
   * @param isBusy whether batches are running
   * @param onRead called whenever the queue has answered, also with nothing
   */
  constructor(polling: Polling, queue: QueueSource, isBusy: () => boolean, onRead: () => void) {
    this.#polling = polling;
    this.#queue = queue;
    this.#isBusy = isBusy;
    this.#onRead = onRead;
    this.#clock = polling.clock;
  }

  /** The next batch: full, or what came within the batching window. Waits for the first message as long as it takes. */
  async next(signal: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const { batchSize, batchingWindowSeconds } = this.#polling.mapping.settings;
    const isFifoQueue = isFifo(this.#polling.mapping.sourceArn);
    while (this.#waiting.length === 0)
      await this.#receive(batchSize, isFifoQueue && this.#isBusy() ? busyFifoWaitMs : longestWaitMs, signal);
    const end = (this.#waiting[0]?.receivedAt ?? 0) + batchingWindowSeconds * 1_000;
    while (this.#waiting.length < batchSize && fittingCount(this.#waiting, batchSize) === this.#waiting.length) {
      const left = end - this.#clock.now();
      if (left <= 0) break;
      await this.#receive(batchSize - this.#waiting.length, Math.min(left, longestWaitMs), signal);
    }
    const batch = this.#waiting.splice(0, fittingCount(this.#waiting, batchSize));
    // What a full event leaves over must not overtake those before it, should they fail: the queue keeps the order.
    if (isFifoQueue) await this.release();
    return batch;
  }

  /** Gives back what waits for a batch. When that fails it comes again by itself, only later. */
  async release(): Promise<void> {
    await this.giveBack(this.#waiting.splice(0));
  }

  /** Makes messages visible that were not processed. Never rejects. */
  async giveBack(received: readonly ReceivedMessage[]): Promise<void> {
    if (received.length === 0) return;
    const messages = received.map(({ message }) => message);
    try {
      await this.#call("giving messages back", (signal) => this.#queue.release(messages, { signal }));
    } catch (error) {
      const { logger, mapping } = this.#polling;
      logger.info({ mapping: mapping.id, error: errorText(error) }, "messages stay hidden for a while");
    }
  }

  /** Removes messages, also when the mapping is being stopped meanwhile. */
  async delete(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length > 0)
      await this.#call("deleting messages", (signal) => this.#queue.delete(messages, { signal }));
  }

  async #receive(wanted: number, waitMs: number, signal: AbortSignal): Promise<void> {
    const maximum = Math.min(wanted, maximumReceive);
    const askedAt = this.#clock.now();
    const messages = await withDeadline(
      { timeoutMs: waitMs + callTimeoutMs, what: "receiving messages", signal, clock: this.#clock },
      (limited) => this.#queue.receive({ maximum, waitMs, signal: limited }),
    );
    const receivedAt = this.#clock.now();
    this.#onRead();
    // A queue that does not wait must not be asked all the time.
    const early = Math.min(waitMs, shortestIntervalMs) - (receivedAt - askedAt);
    if (messages.length === 0 && early > 0) await this.#clock.sleep(early, signal);
    const dropped: QueueMessage[] = [];
    for (const message of messages) {
      const record = queueEventRecord(message, this.#polling.mapping.sourceArn);
      if (this.#polling.filter(filterableQueueEvent(record)))
        this.#waiting.push({ message, record, bytes: recordBytes(record), receivedAt });
      else dropped.push(message);
    }
    await this.delete(dropped);
  }

  #call<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline({ timeoutMs: callTimeoutMs, what, clock: this.#clock }, work);
  }
}
