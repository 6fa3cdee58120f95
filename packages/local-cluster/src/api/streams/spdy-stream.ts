import { Duplex } from "node:stream";
import type { SpdyHeaders } from "./spdy-headers.ts";

/** What a stream needs of its connection. */
export interface SpdyTransport {
  /** Calls back when the frame has left. */
  sendData(id: number, data: Buffer, fin: boolean, done: () => void): void;
  reset(id: number): void;
  /** A stream's reader lags behind: SPDY/3.1 has no flow control here, so the whole connection waits. */
  pause(): void;
  resume(): void;
}

/** The data frames of one stream must not be longer than 24 bits say; shorter ones keep the others responsive. */
const maxFrameBytes = 32 * 1024;

/** One stream of a SPDY connection. Ending it sends FIN; destroying it sends RST_STREAM. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #transport: SpdyTransport;
  #finished = false;

  constructor(id: number, headers: SpdyHeaders, transport: SpdyTransport) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.id = id;
    this.headers = headers;
    this.#transport = transport;
  }

  /** A data frame has arrived. */
  receive(data: Buffer, fin: boolean): void {
    if (this.destroyed || this.readableEnded) return;
    if (data.length > 0 && !this.push(data)) this.#transport.pause();
    if (fin) this.push(null);
  }

  override _read(): void {
    this.#transport.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const head = chunk.subarray(0, maxFrameBytes);
    const rest = chunk.subarray(maxFrameBytes);
    this.#transport.sendData(this.id, head, false, () =>
      rest.length === 0 ? done() : this._write(rest, "binary", done),
    );
  }

  override _final(done: () => void): void {
    this.#finished = true;
    this.#transport.sendData(this.id, Buffer.alloc(0), true, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#finished) this.#transport.reset(this.id);
    this.#transport.resume();
    done(error);
  }
}
