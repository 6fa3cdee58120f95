import type { Clock } from "@fc/core";

/** Work that is to begin at a time, at most one per key. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` at `atMs` (since the epoch), at once when that has passed. Replaces what was set for the key. */
  set(key: string, atMs: number, run: () => void): void {
    this.cancel(key);
    const wait = atMs - this.#clock.now();
    if (wait <= 0) {
      run();
      return;
    }
    const cancel = this.#clock.after(wait, () => {
      this.#cancels.delete(key);
      run();
    });
    this.#cancels.set(key, cancel);
  }

  cancel(key: string): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
  }

  cancelAll(): void {
    for (const key of [...this.#cancels.keys()]) this.cancel(key);
  }
}
