import { createHash, randomUUID } from "node:crypto";
import { type Clock, systemClock } from "@fc/core";
import type { QueueMessage, QueueSource } from "../event-sources/queue-source.ts";

export interface MemoryQueueOptions {
  readonly clock?: Clock;
  /** Default: 30. */
  readonly visibilityTimeoutSeconds?: number;
}

/** A {@link QueueSource} in memory, with SQS's visibility timeout, receive counts and message groups. */
export interface MemoryQueue extends QueueSource {
  /** Adds a message and gives its id. With a group the queue is FIFO. */
  send(body: string, groupId?: string): string;
  /** Bodies of what was not deleted, hidden or not, in the order in which they were sent. */
  readonly bodies: readonly string[];
  /** How many were received and neither deleted nor given back, and have not become visible again. */
  readonly hidden: number;
  /** Makes calls fail until it is unset. */
  failure: Error | undefined;
}

interface Stored {
  readonly id: string;
  readonly body: string;
  readonly groupId: string | undefined;
  readonly sentAt: number;
  receives: number;
  firstReceivedAt: number | undefined;
  receipt: string;
  hiddenUntil: number;
}

export function memoryQueue(options: MemoryQueueOptions = {}): MemoryQueue {
  const clock = options.clock ?? systemClock;
  const visibilityTimeoutSeconds = options.visibilityTimeoutSeconds ?? 30;
  let stored: Stored[] = [];
  let changed = new AbortController();
  /** Lets receivers look again. */
  const wake = (): void => {
    changed.abort();
    changed = new AbortController();
  };
  const isHidden = (message: Stored): boolean => message.hiddenUntil > clock.now();
  const take = (maximum: number): QueueMessage[] => {
    const busy = new Set(stored.filter(isHidden).map(({ groupId }) => groupId));
    const free = stored.filter((one) => !isHidden(one) && (one.groupId === undefined || !busy.has(one.groupId)));
    return free.slice(0, maximum).map((message) => {
      message.receives += 1;
      message.firstReceivedAt ??= clock.now();
      message.receipt = randomUUID();
      message.hiddenUntil = clock.now() + visibilityTimeoutSeconds * 1_000;
      return shown(message);
    });
  };
  /** Until something changes, a message becomes visible, or the time is up. */
  const wait = async (until: number, signal: AbortSignal): Promise<void> => {
    const visible = stored.map(({ hiddenUntil }) => hiddenUntil).filter((at) => at > clock.now());
    const ms = Math.min(until, ...visible) - clock.now();
    await clock.sleep(ms, AbortSignal.any([signal, changed.signal])).catch(() => signal.throwIfAborted());
  };
  const queue: MemoryQueue = {
    visibilityTimeoutSeconds,
    failure: undefined,
    send: (body, groupId) => {
      const id = randomUUID();
      const fresh = { receives: 0, firstReceivedAt: undefined, receipt: "", hiddenUntil: 0 };
      stored.push({ id, body, groupId, sentAt: clock.now(), ...fresh });
      wake();
      return id;
    },
    get bodies() {
      return stored.map(({ body }) => body);
    },
    get hidden() {
      return stored.filter(isHidden).length;
    },
    receive: async ({ maximum, waitMs, signal }) => {
      const until = clock.now() + waitMs;
      for (;;) {
        signal.throwIfAborted();
        if (queue.failure !== undefined) throw queue.failure;
        const messages = take(maximum);
        if (messages.length > 0 || clock.now() >= until) return messages;
        await wait(until, signal);
      }
    },
    delete: (messages) => {
      if (queue.failure !== undefined) return Promise.reject(queue.failure);
      const receipts = new Set(messages.map(({ receiptHandle }) => receiptHandle));
      stored = stored.filter(({ receipt }) => !receipts.has(receipt));
      wake();
      return Promise.resolve();
    },
    release: (messages) => {
      const receipts = new Set(messages.map(({ receiptHandle }) => receiptHandle));
      for (const message of stored) if (receipts.has(message.receipt)) message.hiddenUntil = 0;
      wake();
      return Promise.resolve();
    },
  };
  return queue;
}

function shown(message: Stored): QueueMessage {
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAt),
      SenderId: "memory",
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
      ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    },
    messageAttributes: {},
    md5OfBody: createHash("md5").update(message.body).digest("hex"),
  };
}
