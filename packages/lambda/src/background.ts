import { errorText, type Logger } from "@fc/core";

/** Work that outlives the request that started it, so that reset and shutdown can wait for it. */
export class Background {
  /** With the account that it is for. */
  readonly #running = new Map<Promise<void>, string>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts `work`. A failure of it is logged: nobody else is there to see it. */
  run(account: string, what: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => this.#logger.error({ what, error: errorText(error) }, "background work failed"))
      .finally(() => this.#running.delete(running));
    this.#running.set(running, account);
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
