import { createHash } from "node:crypto";
import { type Clock, FairQueue } from "@fc/core";
import type { MappingSettings } from "../state/mapping-records.ts";
import { fittingCount } from "./batch.ts";
import { maximumStateBytes, type ShardWindow } from "./shard-window.ts";
import type { StreamItem } from "./stream-item.ts";

/** Records that are processed in order, one batch at a time. */
export class ShardLane {
  readonly #clock: Clock;
  readonly #settings: Pick<MappingSettings, "batchSize" | "batchingWindowSeconds">;
  readonly #changes = new FairQueue<void>();
  readonly #window: ShardWindow | undefined;
  readonly #items: StreamItem[] = [];
  /** All records that arrived before are here: milliseconds since the epoch. */
  #completeUntil = 0;
  #closed = false;

  /** @param window no batch holds records of two windows */
  constructor(
    clock: Clock,
    settings: Pick<MappingSettings, "batchSize" | "batchingWindowSeconds">,
    window?: ShardWindow,
  ) {
    this.#clock = clock;
    this.#settings = settings;
    this.#window = window;
  }

  /** How many wait for a batch. */
  get length(): number {
    return this.#items.length;
  }

  push(item: StreamItem): void {
    this.#items.push(item);
    this.#changes.offer(undefined);
  }

  /** No record will come that arrived before: windows that end by then are over. */
  complete(untilMs: number): void {
    this.#completeUntil = Math.max(this.#completeUntil, untilMs);
    this.#changes.offer(undefined);
  }

  /** Nothing comes any more: what is there is given without waiting for the window. */
  close(): void {
    this.#closed = true;
    this.#changes.offer(undefined);
  }

  /**
   * The next batch: full, or what came within the batching window; undefined after the last one. `windowOver` when the open
   * tumbling window has no more records.
   */
  async next(signal: AbortSignal): Promise<readonly StreamItem[] | "windowOver" | undefined> {
    for (;;) {
      if (this.#isWindowOver()) return "windowOver";
      const count = this.#readyCount();
      if (count > 0) return this.#items.splice(0, count);
      if (this.#closed) return undefined;
      const [first] = this.#items;
      const cancel =
        first === undefined
          ? undefined
          : this.#clock.after(this.#windowEnd(first) - this.#clock.now(), () => this.#changes.offer(undefined));
      try {
        await this.#changes.wait(signal);
      } finally {
        cancel?.();
      }
    }
  }

  #readyCount(): number {
    const [first] = this.#items;
    if (first === undefined) return 0;
    const { batchSize } = this.#settings;
    const reserved = this.#window === undefined ? 0 : maximumStateBytes;
    const count = fittingCount(this.#items.slice(0, this.#ofOneWindow(first)), batchSize, reserved);
    const full = count === batchSize || count < this.#items.length;
    const isComplete = this.#window !== undefined && this.#completeUntil >= this.#window.endOf(first);
    return full || isComplete || this.#closed || this.#clock.now() >= this.#windowEnd(first) ? count : 0;
  }

  #ofOneWindow(first: StreamItem): number {
    const window = this.#window;
    if (window === undefined) return this.#items.length;
    const next = this.#items.findIndex((item) => window.endOf(item) > window.endOf(first));
    return next < 0 ? this.#items.length : next;
  }

  #isWindowOver(): boolean {
    const open = this.#window?.record;
    if (this.#window === undefined || open === undefined) return false;
    const [first] = this.#items;
    return first === undefined
      ? this.#closed || this.#completeUntil >= open.endMs
      : this.#window.endOf(first) > open.endMs;
  }

  #windowEnd(first: StreamItem): number {
    return first.bufferedAt + this.#settings.batchingWindowSeconds * 1_000;
  }
}

/** The lane of a partition key: all records of a key take the same one. */
export function laneOf(partitionKey: string, lanes: number): number {
  return lanes === 1 ? 0 : createHash("md5").update(partitionKey).digest().readUInt32BE(0) % lanes;
}
