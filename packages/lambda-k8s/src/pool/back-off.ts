/** The first pause after a failure; it doubles up to the longest. */
const firstMs = 1_000;
const longestMs = 300_000;
/** From this many failures on, one after the other, the kind counts as broken. */
const brokenAfter = 3;

/** Keeps a kind of Pod that fails from being tried over and over. */
export class BackOff {
  #failures = 0;
  #retryAt = 0;
  #last: { readonly error: unknown; readonly at: number } | undefined;

  failed(error: unknown, now: number): void {
    this.#failures += 1;
    this.#retryAt = now + Math.min(longestMs, firstMs * 2 ** (this.#failures - 1));
    this.#last = { error, at: now };
  }

  succeeded(): void {
    this.#failures = 0;
    this.#retryAt = 0;
    this.#last = undefined;
  }

  /** Milliseconds until the next try. */
  pause(now: number): number {
    return Math.max(0, this.#retryAt - now);
  }

  get broken(): boolean {
    return this.#failures >= brokenAfter;
  }

  get last(): { readonly error: unknown; readonly at: number } | undefined {
    return this.#last;
  }
}
