const newline = 0x0a;
const space = 0x20;

/**
 * Takes apart a log with timestamps, so that following it can go on after a break: `sinceTime` counts in whole seconds at
 * the server, so lines come again, and those that were seen are dropped. Several lines may carry one timestamp: they are counted.
 */
export class LogResume {
  #rest: Buffer = Buffer.alloc(0);
  #lastTime = "";
  #countAtLast = 0;
  #skipAtLast = 0;

  /** From when to ask for the log, or undefined for its start. */
  get sinceTime(): string | undefined {
    return this.#lastTime === "" ? undefined : this.#lastTime;
  }

  /** A new connection begins: a half line of the one before comes again in full. */
  connected(): void {
    this.#rest = Buffer.alloc(0);
    this.#skipAtLast = this.#countAtLast;
  }

  /** The new lines in this chunk, without timestamps, with their newline. */
  *push(chunk: Buffer): Generator<Buffer> {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline)) {
      const line = this.#take(data.subarray(0, end + 1));
      if (line !== undefined) yield line;
      data = data.subarray(end + 1);
    }
    this.#rest = Buffer.from(data);
  }

  /** The last line when the log ends without a newline. */
  *finish(): Generator<Buffer> {
    const line = this.#rest.length === 0 ? undefined : this.#take(this.#rest);
    this.#rest = Buffer.alloc(0);
    if (line !== undefined) yield line;
  }

  #take(line: Buffer): Buffer | undefined {
    const at = line.indexOf(space);
    if (at < 0) return line;
    const time = line.subarray(0, at).toString("latin1");
    const order = compareTimes(time, this.#lastTime);
    if (order < 0) return undefined;
    if (order > 0) {
      this.#lastTime = time;
      this.#countAtLast = 1;
      this.#skipAtLast = 0;
      return line.subarray(at + 1);
    }
    if (this.#skipAtLast > 0) {
      this.#skipAtLast -= 1;
      return undefined;
    }
    this.#countAtLast += 1;
    return line.subarray(at + 1);
  }
}

/** RFC 3339 times in UTC whose fractions may have different lengths. */
function compareTimes(a: string, b: string): number {
  const key = (time: string): string => {
    const [seconds = "", fraction = ""] = time.replace(/Z$/, "").split(".");
    return `${seconds}.${fraction.padEnd(9, "0")}`;
  };
  const [left, right] = [key(a), key(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
