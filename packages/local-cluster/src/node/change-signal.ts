/** Lets any number of waiters wait for the next change of something. */
export class ChangeSignal {
  readonly #listeners = new Set<() => void>();

  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves at the next change; rejects with the signal's reason when it aborts first. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const settle = (finish: () => void) => (): void => {
        this.#listeners.delete(onChange);
        signal.removeEventListener("abort", onAbort);
        finish();
      };
      const onChange = settle(resolve);
      const onAbort = settle(() => reject(signal.reason as Error));
      this.#listeners.add(onChange);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
