import { FcError } from "@fc/core";

/** Reads lines and byte counts from a stream of chunks, holding at most one chunk and one line. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /**
   * A line without its `\n` or `\r\n`.
   * @throws FcError `FC_RESP_CLOSED` when the peer closed; `FC_RESP_MALFORMED` when the line is longer than `maxBytes`.
   */
  async readLine(maxBytes = 65_536): Promise<string> {
    for (let scanned = 0; ; ) {
      const at = this.#rest.indexOf(0x0a, scanned);
      if (at >= 0) {
        const line = this.#rest.subarray(0, at > 0 && this.#rest[at - 1] === 0x0d ? at - 1 : at).toString("utf8");
        this.#rest = this.#rest.subarray(at + 1);
        return line;
      }
      scanned = this.#rest.length;
      if (scanned > maxBytes)
        throw new FcError("FC_RESP_MALFORMED", `The engine sent a line of more than ${maxBytes} bytes`);
      this.#rest = Buffer.concat([this.#rest, await this.#pull()]);
    }
  }

  /** Exactly `count` bytes. @throws FcError `FC_RESP_CLOSED` when the peer closed before. */
  async readExactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const part = await this.readSome(left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts, count);
  }

  /** What is there, at least one and at most `max` bytes. @throws FcError `FC_RESP_CLOSED` when the peer closed. */
  async readSome(max: number): Promise<Buffer> {
    while (this.#rest.length === 0) this.#rest = await this.#pull();
    const part = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async #pull(): Promise<Buffer> {
    const next = await this.#source.next();
    if (next.done === true)
      throw new FcError("FC_RESP_CLOSED", "The engine closed the connection", { retryable: true });
    const chunk = next.value;
    return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
