import { type Clock, errorText, type Logger } from "@fc/core";
import { backoffMs } from "../watch/backoff.ts";

export interface LoopOptions {
  /** What it does, for the log: "removing what is not wanted". */
  readonly what: string;
  readonly work: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds before the first run. */
  readonly firstMs: number;
  /** Milliseconds between runs, give or take a tenth, so that many processes do not run at once. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

/** Runs work again and again, one run at a time: at its interval, when asked to, and sooner, with growing delays, after a failure. */
export class Loop implements AsyncDisposable {
  readonly #options: LoopOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #cancel: () => void;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#cancel = options.clock.after(options.firstMs, () => this.kick());
  }

  /** A run begins now, or right after the one that is under way. */
  kick(): void {
    if (this.#running === undefined) this.#start();
    else this.#again = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error(`${this.#options.what} has ended`));
    this.#cancel();
    await this.#running;
  }

  #start(): void {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    this.#cancel();
    this.#again = false;
    this.#running = this.#run(signal).then((delayMs) => {
      this.#running = undefined;
      if (signal.aborted) return;
      if (this.#again) this.#start();
      else this.#cancel = this.#options.clock.after(delayMs, () => this.kick());
    });
  }

  /** Milliseconds until the next run. */
  async #run(signal: AbortSignal): Promise<number> {
    const { what, work, everyMs, logger, random = Math.random } = this.#options;
    try {
      await work(signal);
      this.#failures = 0;
      return everyMs * (0.9 + 0.2 * random());
    } catch (error) {
      this.#failures += 1;
      const delayMs = Math.min(everyMs, backoffMs(this.#failures, random));
      if (!signal.aborted)
        logger[this.#failures > 3 ? "warn" : "debug"](
          { error: errorText(error), delayMs: Math.round(delayMs) },
          `${what} failed and is tried again`,
        );
      return delayMs;
    }
  }
}
