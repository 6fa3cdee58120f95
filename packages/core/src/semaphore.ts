import { FairQueue } from "./fair-queue.ts";

/** Limits how many holders run at once; waiters are served first come, first served. */
export class Semaphore {
  readonly #queue = new FairQueue<void>();
  #free: number;

  /** @param limit how many may hold it at once, at least 1. */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1)
      throw new RangeError(`Semaphore limit must be a positive integer, got ${limit}`);
    this.#free = limit;
  }

  /** How many are waiting. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Runs `work` while holding a place. Rejects with the signal's reason when it aborts while waiting. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#queue.wait(signal);
    try {
      return await work();
    } finally {
      if (!this.#queue.offer(undefined)) this.#free += 1;
    }
  }
}
