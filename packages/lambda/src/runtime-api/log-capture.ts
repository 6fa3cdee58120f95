import type { Clock } from "@fc/core";

/** How much of one invocation's log is kept: its end. */
const keptBytes = 64 * 1024;
const keptWholeBytes = 256 * 1024;
/** A relayed log counts as complete when nothing came for this long… */
const quietMs = 3;
/** …or when this long has passed. */
const longestWaitMs = 30;

/** How a log reaches the server: written by the runtime itself, or through a relay process that lags behind. */
export type LogMode = "direct" | "relay";

/** Collects what a runtime writes, cut into pieces at {@link take}, and copies it to the environment's console. */
export class LogCapture {
  readonly #clock: Clock;
  readonly #consoles = new Set<(chunk: Uint8Array) => void>();
  #current = new Tail(keptBytes);
  readonly #whole = new Tail(keptWholeBytes);
  #appends = 0;
  mode: LogMode = "direct";
  /** Whether the copy for the console goes back over the log channel itself. */
  echoed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(chunk: Uint8Array): void {
    this.#appends += 1;
    this.#current.push(chunk);
    this.#whole.push(chunk);
    for (const copy of this.#consoles) copy(chunk);
  }

  /** Copies everything from now on. The returned function ends that. */
  onChunk(copy: (chunk: Uint8Array) => void): () => void {
    this.#consoles.add(copy);
    return () => this.#consoles.delete(copy);
  }

  /** The end of what came since the last call, at most 64 KiB. */
  take(): string {
    const text = this.#current.text();
    this.#current = new Tail(keptBytes);
    return text;
  }

  /** The end of all that ever came, at most 256 KiB. */
  whole(): string {
    return this.#whole.text();
  }

  /**
   * Waits for what the runtime wrote before its last request. A direct log was in the kernel before that request, so it is read
   * with it; a relayed one needs a moment.
   */
  async settled(): Promise<void> {
    await nextTurn();
    await nextTurn();
    if (this.mode === "direct") return;
    for (let waited = 0; waited < longestWaitMs; waited += quietMs) {
      const before = this.#appends;
      await this.#clock.sleep(quietMs);
      if (this.#appends === before) return;
    }
  }
}

/** The last bytes of a stream. */
class Tail {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    // Dropped in halves: shifting one by one would make many small lines slow.
    if (this.#bytes < 2 * this.#limit) return;
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#chunks = [Buffer.from(kept)];
    this.#bytes = kept.byteLength;
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.#limit).toString("utf8");
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
