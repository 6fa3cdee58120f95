import type { ContainerLog } from "./container-log.ts";
import { type LogLine, type LogStreamName, parseLogLine } from "./log-line.ts";

/** The query of `GET …/pods/{name}/log`. */
export interface LogQuery {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Lines from the end; 0 is none. */
  readonly tailLines?: number;
  /** Milliseconds since the epoch: older lines are left out. */
  readonly sinceMs?: number;
  readonly limitBytes?: number;
  /** Only this one. Default: both. */
  readonly stream?: LogStreamName;
  readonly signal: AbortSignal;
}

/** A log as `kubectl logs` gets it. With `follow` it ends when the log does. */
export async function* readLog(log: ContainerLog, query: LogQuery): AsyncIterable<Uint8Array> {
  const cursor = new LineCursor(log);
  let left = query.limitBytes ?? Number.POSITIVE_INFINITY;
  const initial = inRange(cursor.lines(), query);
  const chosen = query.tailLines === undefined ? initial : lastLines([...initial], query.tailLines);
  const format = lineFormatter(query.timestamps);
  const cut = (lines: Iterable<LogLine>): Buffer => {
    const bytes = Buffer.concat([...lines].flatMap(format)).subarray(0, left);
    left -= bytes.length;
    return bytes;
  };
  const first = cut(chosen);
  if (first.length > 0) yield first;
  while (query.follow && left > 0 && !query.signal.aborted) {
    const next = cut(inRange(cursor.lines(), query));
    if (next.length > 0) yield next;
    else if (log.ended) return;
    else await changed(log, query.signal);
  }
}

function* inRange(lines: Iterable<LogLine>, { sinceMs, stream }: LogQuery): Iterable<LogLine> {
  for (const line of lines) {
    if (stream !== undefined && line.stream !== stream) continue;
    if (sinceMs === undefined || Date.parse(line.time) >= sinceMs) yield line;
  }
}

/** The parts of a long line count as one line. */
function lastLines(lines: readonly LogLine[], count: number): readonly LogLine[] {
  let index = lines.length;
  for (let wanted = count; wanted > 0 && index > 0; wanted -= 1) {
    index -= 1;
    while (index > 0 && lines[index - 1]?.tag === "P") index -= 1;
  }
  return lines.slice(index);
}

function lineFormatter(timestamps: boolean): (line: LogLine) => Buffer[] {
  let partial = false;
  return ({ time, tag, text }) => {
    const parts = [
      ...(timestamps && !partial ? [Buffer.from(`${time} `)] : []),
      text,
      ...(tag === "F" ? [newline] : []),
    ];
    partial = tag === "P";
    return parts;
  };
}

const newline = Buffer.from("\n");

function changed(log: ContainerLog, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const stop = log.onChange(done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Reads whole lines from where the last call stopped. Writes are whole lines, so nothing is ever cut at the end. */
class LineCursor {
  readonly #log: ContainerLog;
  readonly #position: { file: number; offset: number };
  #rest: Buffer = Buffer.alloc(0);

  constructor(log: ContainerLog) {
    this.#log = log;
    this.#position = log.start();
  }

  *lines(): Iterable<LogLine> {
    for (;;) {
      const bytes = this.#log.read(this.#position);
      if (bytes.length === 0) return;
      let text = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
      for (let end = text.indexOf(0x0a); end >= 0; end = text.indexOf(0x0a)) {
        const line = parseLogLine(text.subarray(0, end));
        text = text.subarray(end + 1);
        if (line !== undefined) yield line;
      }
      this.#rest = text;
    }
  }
}
