import type { Readable, Writable } from "node:stream";
import type { Clock } from "@fc/core";
import type { ChunkHandler, FaultStream } from "./fault.ts";
import type { ProxiedRequest } from "./proxied-request.ts";

export interface ForwardedStreamOptions {
  readonly request: ProxiedRequest;
  readonly webSocket: boolean;
  readonly clock: Clock;
  readonly source: Readable;
  readonly sink: Writable;
  /** Ends the client's connection. */
  readonly drop: () => void;
}

const newline = 0x0a;

/** Bytes that go from a source to a sink, chunk by chunk, through a fault when there is one. */
export class ForwardedStream {
  readonly #options: ForwardedStreamOptions;
  #onChunk: ChunkHandler;
  #atLineStart = true;
  #over = false;

  constructor(options: ForwardedStreamOptions) {
    this.#options = options;
    this.#onChunk = (chunk) => this.#write(chunk);
  }

  /** From now on the fault takes the bytes, until it is lifted. */
  attach(begin: (stream: FaultStream) => ChunkHandler | undefined, lifted: AbortSignal, gone: AbortSignal): void {
    const pass: ChunkHandler = (chunk) => this.#write(chunk);
    const handler = begin(this.#faultStream(AbortSignal.any([lifted, gone]))) ?? pass;
    this.#onChunk = (chunk) => (lifted.aborted ? pass : handler)(chunk);
  }

  /** Resolves when the source has ended, and the sink with it, or a fault has ended it. Rejects when the source breaks. */
  async run(): Promise<void> {
    // A socket's other direction lives on when this one ends.
    for await (const chunk of this.#options.source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (!this.#over) await this.#onChunk(chunk);
      if (this.#over) break;
    }
    this.#end();
  }

  #faultStream(lifted: AbortSignal): FaultStream {
    const { request, webSocket, clock, drop } = this.#options;
    const atLineStart = (): boolean => this.#atLineStart;
    return {
      ...{ request, webSocket, clock, lifted },
      get atLineStart() {
        return atLineStart();
      },
      write: (chunk) => this.#write(chunk),
      end: () => this.#end(),
      drop: () => {
        this.#over = true;
        drop();
      },
    };
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#over || chunk.length === 0) return;
    this.#atLineStart = chunk.at(-1) === newline;
    // What cannot be written any more has nobody to read it.
    await new Promise<void>((resolve) => this.#options.sink.write(chunk, () => resolve()));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.sink.end();
  }
}
