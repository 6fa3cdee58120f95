import { type Clock, errorText, FcError, type Logger } from "@fc/core";

const shortestWaitMs = 250;
const longestWaitMs = 10_000;

/** Work that outlives the request that started it, so that reset and shutdown can wait for it. */
export class Background {
  /** With the account that it is for. */
  readonly #running = new Map<Promise<void>, string>();
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #stop = new AbortController();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Starts `work`. A failure of it is logged: nobody else is there to see it. */
  run(account: string, what: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => this.#logger.error({ what, error: errorText(error) }, "background work failed"))
      .finally(() => this.#running.delete(running));
    this.#running.set(running, account);
  }

  /**
   * Makes a change of records that is the end of work which is done and cannot be done again: while the disk is full it waits for space.
   * After {@link stop} it rejects instead; the next process takes up what is stored.
   */
  async store(what: string, change: () => void): Promise<void> {
    for (let waitMs = shortestWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      try {
        change();
        return;
      } catch (error) {
        if (!FcError.isInstance(error) || !error.retryable || this.#stop.signal.aborted) throw error;
        this.#logger.warn({ what, error: errorText(error) }, "a change waits until it can be stored");
        await this.#clock.sleep(waitMs, this.#stop.signal);
      }
    }
  }

  /** Ends the waiting for space. */
  stop(): void {
    this.#stop.abort(new Error("The service is being stopped"));
  }

  /** Resolves when nothing runs any more, for one account or for all. */
  async idle(account?: string): Promise<void> {
    for (;;) {
      const left = [...this.#running].filter(([, owner]) => account === undefined || owner === account);
      if (left.length === 0) return;
      await Promise.all(left.map(([running]) => running));
    }
  }
}
