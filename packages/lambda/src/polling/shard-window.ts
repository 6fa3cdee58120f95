import type { WindowRecord } from "../state/mapping-records.ts";
import type { StreamItem } from "./stream-item.ts";

/** AWS: state beyond this ends its window early. */
export const maximumStateBytes = 1_048_576;

/** How the function is asked about a window: with records, for the last time, or because its state is too large. */
export type WindowCall = "records" | "final" | "early";

/**
 * The tumbling window of a shard: which records belong together, and what the function has made of them so far. Windows begin at
 * multiples of their length since the epoch; a record belongs where its arrival is.
 */
export class ShardWindow {
  readonly #place: { readonly shardId: string; readonly arn: string };
  readonly #lengthMs: number;
  #open: WindowRecord | undefined;

  /** @param restored what a former process left */
  constructor(
    lengthSeconds: number,
    place: { readonly shardId: string; readonly arn: string },
    restored: WindowRecord | undefined,
  ) {
    this.#lengthMs = lengthSeconds * 1_000;
    this.#place = place;
    this.#open = restored;
  }

  /** What to keep with the checkpoint; undefined between windows. */
  get record(): WindowRecord | undefined {
    return this.#open;
  }

  /** When the open window ends, or the one that the record would open: milliseconds since the epoch. */
  endOf({ record }: StreamItem): number {
    const end = (Math.floor(record.arrivedAtMs / this.#lengthMs) + 1) * this.#lengthMs;
    return Math.max(end, this.#open?.endMs ?? 0);
  }

  /** Opens the record's window, if none is open. */
  begin(item: StreamItem): void {
    if (this.#open !== undefined) return;
    const endMs = this.endOf(item);
    this.#open = { startMs: endMs - this.#lengthMs, endMs, state: {} };
  }

  /** What the event says beside its records. */
  properties(call: WindowCall): object {
    const { startMs = 0, endMs = 0, state = {} } = this.#open ?? {};
    return {
      window: { start: timestamp(startMs), end: timestamp(endMs) },
      state,
      shardId: this.#place.shardId,
      eventSourceARN: this.#place.arn,
      isFinalInvokeForWindow: call === "final",
      isWindowTerminatedEarly: call === "early",
    };
  }

  /** Takes the state of an answer. False when it has none: AWS counts that as a failed invocation. */
  accepts(payload: Uint8Array): boolean {
    const state = stateOf(payload);
    if (state !== undefined && this.#open !== undefined) this.#open = { ...this.#open, state };
    return state !== undefined;
  }

  get isTooLarge(): boolean {
    return this.#open !== undefined && Buffer.byteLength(JSON.stringify(this.#open.state)) > maximumStateBytes;
  }

  /** The function has seen the end of the window, or of its state: then the same window goes on with a fresh one. */
  ended(call: Exclude<WindowCall, "records">): void {
    this.#open = call === "early" && this.#open !== undefined ? { ...this.#open, state: {} } : undefined;
  }
}

function stateOf(payload: Uint8Array): object | undefined {
  try {
    const answer: unknown = JSON.parse(Buffer.from(payload).toString("utf8"));
    const { state = null } = (answer ?? {}) as { readonly state?: unknown };
    return typeof state === "object" && state !== null && !Array.isArray(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** `2026-01-01T00:02:00Z` */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
