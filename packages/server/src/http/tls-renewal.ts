import { X509Certificate } from "node:crypto";
import { type Clock, errorText, type Logger } from "@fc/core";
import type { TlsPair } from "./read-tls.ts";

/** Milliseconds between two looks: not every file system tells of changes, and a mounted Secret's files are links that are moved. */
const lookMs = 10_000;

export interface TlsRenewalOptions {
  /** What is in use. */
  readonly pair: TlsPair;
  /** What is in the files. Rejects when that cannot be used. */
  readonly read: () => Promise<TlsPair>;
  readonly use: (pair: TlsPair) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Takes up the certificate that somebody has put into the files since they were read. As long as what is there cannot be used the one before stays
 * in use, and that is told of once.
 */
export class TlsRenewal implements AsyncDisposable {
  readonly #options: TlsRenewalOptions;
  readonly #closing = new AbortController();
  readonly #looking: Promise<void>;
  #pair: TlsPair;
  #problem: string | undefined;

  constructor(options: TlsRenewalOptions) {
    this.#options = options;
    this.#pair = options.pair;
    this.#looking = this.#keepLooking();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#looking;
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await this.#options.clock.sleep(lookMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { read, use, logger } = this.#options;
    try {
      const found = await read();
      this.#problem = undefined;
      if (found.cert.equals(this.#pair.cert) && found.key.equals(this.#pair.key)) return;
      use(found);
      this.#pair = found;
      logger.info({ validTo: new X509Certificate(found.cert).validTo }, "the renewed certificate is used from now on");
    } catch (error) {
      const problem = errorText(error);
      if (problem !== this.#problem)
        logger.error({ error: problem }, "the renewed certificate cannot be used: the one before stays in use");
      this.#problem = problem;
    }
  }
}
