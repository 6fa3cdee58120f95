import type { StreamItem } from "./stream-item.ts";

/** The records of a shard that were read and are not all done, in their order. Lanes may be done with later ones before earlier ones. */
export class ShardProgress {
  #open: { readonly sequenceNumber: string; done: boolean }[] = [];
  readonly #entries = new Map<string, { done: boolean }>();

  /** A record that was read; `done` when a filter dropped it. */
  add(sequenceNumber: string, done: boolean): void {
    const entry = { sequenceNumber, done };
    this.#open.push(entry);
    this.#entries.set(sequenceNumber, entry);
  }

  finish(items: readonly StreamItem[]): void {
    for (const { record } of items) {
      const entry = this.#entries.get(record.sequenceNumber);
      if (entry !== undefined) entry.done = true;
    }
  }

  /** The last record up to which all are done, when that has moved since the last call. */
  advance(): string | undefined {
    const count = this.#open.findIndex(({ done }) => !done);
    const passed = this.#open.splice(0, count < 0 ? this.#open.length : count);
    for (const { sequenceNumber } of passed) this.#entries.delete(sequenceNumber);
    return passed.at(-1)?.sequenceNumber;
  }
}
