export type LogStreamName = "stdout" | "stderr";

export interface LogLine {
  /** RFC 3339 with nanoseconds, UTC. */
  readonly time: string;
  readonly stream: LogStreamName;
  /** P: a part of a longer line, the rest follows. */
  readonly tag: "F" | "P";
  /** Without the line end. */
  readonly text: Buffer;
}

/** A line in the CRI log format: `<time> <stream> <tag> <text>\n`. */
export function formatLogLine(line: LogLine): Buffer {
  return Buffer.concat([Buffer.from(`${line.time} ${line.stream} ${line.tag} `), line.text, newline]);
}

/** Reads what {@link formatLogLine} wrote, without the line end. */
export function parseLogLine(bytes: Buffer): LogLine | undefined {
  const afterTime = bytes.indexOf(0x20);
  const afterStream = bytes.indexOf(0x20, afterTime + 1);
  const afterTag = bytes.indexOf(0x20, afterStream + 1);
  if (afterTime < 0 || afterStream < 0 || afterTag < 0) return undefined;
  return {
    time: bytes.toString("latin1", 0, afterTime),
    stream: bytes.toString("latin1", afterTime + 1, afterStream) === "stderr" ? "stderr" : "stdout",
    tag: bytes.toString("latin1", afterStream + 1, afterTag) === "P" ? "P" : "F",
    text: bytes.subarray(afterTag + 1),
  };
}

const newline = Buffer.from("\n");
const longestPart = 16 * 1024;

/** Cuts a byte stream into lines; a line above 16 KiB becomes parts, as container runtimes do it. */
export class LineSplitter {
  readonly #emit: (text: Buffer, tag: "F" | "P") => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(emit: (text: Buffer, tag: "F" | "P") => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = bytes.indexOf(0x0a);
      if (end >= 0 && end <= longestPart) {
        this.#emit(bytes.subarray(0, end), "F");
        bytes = bytes.subarray(end + 1);
      } else if (bytes.length > longestPart) {
        this.#emit(bytes.subarray(0, longestPart), "P");
        bytes = bytes.subarray(longestPart);
      } else break;
    }
    // A copy: the chunk's memory must not be held for a few bytes of it.
    this.#rest = Buffer.from(bytes);
  }

  /** The stream has ended: what is left is a line without its end, as it is read back. */
  end(): void {
    if (this.#rest.length > 0) this.#emit(this.#rest, "P");
    this.#rest = Buffer.alloc(0);
  }
}
