const newline = 0x0a;
const space = 0x20;
const newlineBytes: Buffer = Buffer.of(newline);

/** What the kubelet writes into the stream, without a timestamp, in place of a log that went with its container, or with its folder. */
const noLogLeft =
  /^(unable to retrieve container logs for |failed to try resolving symlinks in path "|failed to open log file ")/;

/** Longer lines are cut: a program that never ends its line must not fill our memory. */
export const maxLineBytes: number = 1024 * 1024;

/**
 * Takes apart a log with timestamps, so that following it can go on after a break. The server knows whole seconds only: asked from
 * the second before the newest one that was seen, it gives all lines since then again, in their order in the log. So the lines seen
 * of these two seconds are counted, and as many are dropped. That holds for lines with equal times, and for those that two streams
 * wrote out of order, as long as none is a second late.
 */
export class LogResume {
  #parts: Buffer[] = [];
  #size = 0;
  /** The newest second, since the epoch. */
  #second = Number.NEGATIVE_INFINITY;
  #seenOfIt = 0;
  #seenBefore = 0;
  #skip = 0;

  /** From when to ask for the log, or undefined for its start. */
  get sinceTime(): string | undefined {
    return Number.isFinite(this.#second)
      ? new Date((this.#second - 1) * 1_000).toISOString().replace(/\.\d+Z$/, "Z")
      : undefined;
  }

  /** A new connection begins: a half line of the one before comes again in full. */
  connected(): void {
    this.#endLine();
    this.#skip = this.#seenBefore + this.#seenOfIt;
  }

  /** The new lines in this chunk, without timestamps, with their newline. */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#take(this.#endLine(newlineBytes));
      if (line !== undefined) yield line;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The last line when the log ends without a newline. */
  *finish(): Generator<Buffer> {
    const rest = this.#endLine();
    const line = rest.length === 0 ? undefined : this.#take(rest);
    if (line !== undefined) yield line;
  }

  #keep(part: Buffer): void {
    const kept = part.subarray(0, Math.max(0, maxLineBytes - this.#size));
    if (kept.length > 0) this.#parts.push(kept);
    this.#size += kept.length;
  }

  #endLine(end: Buffer = Buffer.alloc(0)): Buffer {
    const line = Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#size = 0;
    return line;
  }

  /** The line without its timestamp, or undefined when it was seen before. */
  #take(line: Buffer): Buffer | undefined {
    const at = line.indexOf(space);
    const second = secondOf(line.subarray(0, Math.max(0, at)).toString("latin1"));
    if (Number.isNaN(second)) return noLogLeft.test(line.subarray(0, 64).toString("latin1")) ? undefined : line;
    if (this.#skip > 0) {
      if (second >= this.#second - 1) this.#skip -= 1;
      if (second <= this.#second) return undefined;
      // Lines that were seen are missing: the log was rotated.
      this.#skip = 0;
    }
    if (second > this.#second) {
      this.#seenBefore = second === this.#second + 1 ? this.#seenOfIt : 0;
      this.#seenOfIt = 0;
      this.#second = second;
    }
    if (second === this.#second) this.#seenOfIt += 1;
    else if (second === this.#second - 1) this.#seenBefore += 1;
    return line.subarray(at + 1);
  }
}

/** The whole second of an RFC 3339 time, in whatever zone the node has; NaN when it is none. */
function secondOf(time: string): number {
  const [, second = "", zone = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return Date.parse(second + zone) / 1_000;
}
