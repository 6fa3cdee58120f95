import { createHash } from "node:crypto";
import { type Clock, FairQueue } from "@fc/core";
import type { MappingSettings } from "../state/mapping-records.ts";
import { fittingCount } from "./batch.ts";
import type { StreamItem } from "./stream-polling.ts";

/** Records that are processed in order, one batch at a time. */
export class ShardLane {
  readonly #clock: Clock;
  readonly #settings: Pick<MappingSettings, "batchSize" | "batchingWindowSeconds">;
  readonly #changes = new FairQueue<void>();
  readonly #items: StreamItem[] = [];
  #closed = false;

  constructor(clock: Clock, settings: Pick<MappingSettings, "batchSize" | "batchingWindowSeconds">) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** How many wait for a batch. */
  get length(): number {
    return this.#items.length;
  }

  push(item: StreamItem): void {
    this.#items.push(item);
    this.#changes.offer(undefined);
  }

  /** Nothing comes any more: what is there is given without waiting for the window. */
  close(): void {
    this.#closed = true;
    this.#changes.offer(undefined);
  }

  /** The next batch: full, or what came within the batching window; undefined after the last one. */
  async next(signal: AbortSignal): Promise<readonly StreamItem[] | undefined> {
    for (;;) {
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
    const count = fittingCount(this.#items, this.#settings.batchSize);
    const full = count === this.#settings.batchSize || count < this.#items.length;
    return full || this.#closed || this.#clock.now() >= this.#windowEnd(first) ? count : 0;
  }

  #windowEnd(first: StreamItem): number {
    return first.bufferedAt + this.#settings.batchingWindowSeconds * 1_000;
  }
}

/** The lane of a partition key: all records of a key take the same one. */
export function laneOf(partitionKey: string, lanes: number): number {
  return lanes === 1 ? 0 : createHash("md5").update(partitionKey).digest().readUInt32BE(0) % lanes;
}
