interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Callers that wait for something to be handed to them, in the order they came. */
export class FairQueue<T> {
  readonly #waiters = new Set<Waiter<T>>();

  /** How many are waiting. */
  get size(): number {
    return this.#waiters.size;
  }

  /** Waits for {@link offer}. Rejects with the signal's reason when it aborts first; the place in the line is then given up. */
  wait(signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter<T> = {
        resolve: (value) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(value);
        },
        reject: (reason) => {
          signal?.removeEventListener("abort", onAbort);
          reject(reason as Error);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Hands `value` to the one who waits longest. False when nobody waits. */
  offer(value: T): boolean {
    const [first] = this.#waiters;
    if (first === undefined) return false;
    this.#waiters.delete(first);
    first.resolve(value);
    return true;
  }

  /** Rejects everybody who waits. */
  rejectAll(reason: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(reason);
    this.#waiters.clear();
  }
}
