import { randomBytes } from "node:crypto";
import { type Clock, type Deferred, deferred } from "@fc/core";

/** How long a mark may be on its way: as long as any answer of a Pod that is starved. */
const longestWayMs = 1_000;
const digits = 10;

/**
 * Finds out how far a relayed log has come. A mark is a piece of text that is written into the stream behind everything that is in
 * it: when it arrives, so has all that. Marks are taken out again. They are numbered, since one may be lost with its relay.
 */
export class LogMarks {
  readonly #clock: Clock;
  readonly #emit: (chunk: Uint8Array) => void;
  /** What every mark begins with; unguessable. */
  readonly #start = Buffer.from(`\x1e${randomBytes(16).toString("hex")}:`);
  readonly #length: number = this.#start.length + digits + 1;
  #asked = 0;
  #waiting: { readonly number: number; readonly found: Deferred<boolean> }[] = [];
  /** What cannot be passed on yet. */
  #held: Uint8Array = new Uint8Array();
  #paused = false;
  /** Writes a mark into the stream; false when nobody can. */
  write: (mark: string) => boolean = () => false;

  /** @param emit gets the stream without marks */
  constructor(clock: Clock, emit: (chunk: Uint8Array) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Resolves when what is in the stream now has been passed on, and nothing behind it; false when that cannot be found out. */
  async passed(): Promise<boolean> {
    const number = this.#asked + 1;
    if (!this.write(`${this.#start.toString("latin1")}${String(number).padStart(digits, "0")}\x1e`)) return false;
    this.#asked = number;
    const found = deferred<boolean>();
    this.#waiting.push({ number, found });
    // One that is late is still taken out when it comes.
    const cancel = this.#clock.after(longestWayMs, () => found.resolve(false));
    const isFound = await found.promise;
    cancel();
    return isFound;
  }

  /** No mark that was asked for will come any more. */
  lost(): void {
    for (const { found } of this.#waiting.splice(0)) found.resolve(false);
    if (!this.#paused) this.#passOn();
  }

  /** More of the stream. */
  push(chunk: Uint8Array): void {
    this.#held = this.#held.byteLength === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (!this.#paused) this.#passOn();
  }

  #passOn(): void {
    const held = Buffer.from(this.#held.buffer, this.#held.byteOffset, this.#held.byteLength);
    const at = this.#waiting.length === 0 ? held.length : this.#find(held);
    this.#held = held.subarray(at);
    if (at > 0) this.#emit(held.subarray(0, at));
    if (this.#held.byteLength < this.#length) return;
    const number = Number(held.toString("latin1", at + this.#start.length, at + this.#length - 1));
    this.#held = held.subarray(at + this.#length);
    for (const one of this.#waiting) if (one.number <= number) one.found.resolve(true);
    this.#waiting = this.#waiting.filter((one) => one.number > number);
    // What stands behind a mark is passed on when whoever waited for it has acted.
    this.#paused = true;
    setImmediate(() => {
      this.#paused = false;
      this.#passOn();
    });
  }

  /** Where the next mark begins, or what may become one; the end when there is none. */
  #find(held: Buffer): number {
    const at = held.indexOf(this.#start);
    if (at >= 0) return at;
    for (let length = Math.min(this.#start.length - 1, held.length); length > 0; length -= 1)
      if (held.subarray(-length).equals(this.#start.subarray(0, length))) return held.length - length;
    return held.length;
  }
}
