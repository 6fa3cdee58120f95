import { type Deferred, deferred } from "@fc/core";
import type { ResponseSink } from "../backend/backend.ts";

/** A streamed answer between the runtime that writes it and the one reader. It holds a single chunk: both go at the slower one's pace. */
export class ResponsePipe implements ResponseSink {
  readonly limitBytes: number;
  readonly #started: Deferred<void> = deferred();
  #contentType: string | undefined;
  #offered: { readonly chunk: Uint8Array; readonly taken: Deferred<void> } | undefined;
  #changed: Deferred<void> = deferred();
  #over = false;
  #discarding = false;

  /** @param options `signal` aborts when the reader goes away, or has aborted already */
  constructor({ limitBytes, signal }: { readonly limitBytes: number; readonly signal?: AbortSignal }) {
    this.limitBytes = limitBytes;
    if (signal?.aborted === true) this.discard();
    else signal?.addEventListener("abort", () => this.discard(), { once: true });
  }

  /** Resolves when the runtime begins to stream; never for an answer that comes whole. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** What the runtime calls its answer; undefined when it has not begun to stream. */
  get contentType(): string | undefined {
    return this.#contentType;
  }

  start(contentType: string): void {
    this.#contentType = contentType;
    this.#started.resolve();
  }

  write(chunk: Uint8Array): Promise<void> {
    if (this.#discarding || this.#over || chunk.byteLength === 0) return Promise.resolve();
    this.#offered = { chunk, taken: deferred() };
    this.#changed.resolve();
    return this.#offered.taken.promise;
  }

  /** Nothing more comes. */
  end(): void {
    this.#over = true;
    this.#changed.resolve();
  }

  /** The reader is gone: the function runs on, what it writes is dropped. */
  discard(): void {
    this.#discarding = true;
    this.#offered?.taken.resolve();
  }

  /** Reads to the end. A chunk counts as taken when the next one is asked for. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) {
        const offered = this.#offered;
        if (offered !== undefined) {
          yield offered.chunk;
          this.#offered = undefined;
          offered.taken.resolve();
        } else if (this.#over) return;
        else {
          await this.#changed.promise;
          this.#changed = deferred();
        }
      }
    } finally {
      this.discard();
    }
  }
}
