import { StringDecoder } from "node:string_decoder";

/** A line that is longer is cut: what writes without end must not be kept without end. AWS cuts at 256 KiB. */
const maxLineLength = 256 * 1024;

/** Makes lines of a stream of bytes. */
export class LineSplitter {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** @param take gets every line without its end */
  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    const lines =
      `${this.#rest}${this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    while (this.#rest.length >= maxLineLength) {
      this.#take(this.#rest.slice(0, maxLineLength));
      this.#rest = this.#rest.slice(maxLineLength);
    }
  }

  /** Whether the last bytes lacked a line end. */
  get partial(): boolean {
    return this.#rest !== "";
  }

  /** The stream has ended, or paused for long: what lacks its end is a line as well. */
  end(): void {
    const rest = `${this.#rest}${this.#decoder.end()}`;
    this.#rest = "";
    if (rest !== "") this.#take(rest);
  }
}
