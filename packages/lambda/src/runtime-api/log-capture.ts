import { type Clock, type Deferred, deferred } from "@fc/core";
import { LineSplitter } from "../telemetry/line-splitter.ts";
import type { LogSource } from "../telemetry/telemetry-event.ts";
import { LogMarks } from "./log-marks.ts";

/** How much of one invocation's log is kept: its end. */
const keptBytes = 64 * 1024;
const keptWholeBytes = 256 * 1024;
/** A relayed log in which nobody leaves marks counts as complete when nothing came for this long… */
const quietMs = 3;
/** …or when this long has passed. */
const longestWaitMs = 30;
/** In so many turns the most that a kernel holds of a direct log has been read; a function may also write without end. */
const mostTurns = 64;

/** How a log reaches the server: written by the runtime itself, or through a relay process that lags behind. */
export type LogMode = "direct" | "relay";

/** Takes the lines of an environment. */
export interface LineListener {
  /** Whether it takes them now: nobody makes lines for nobody. */
  readonly wanted: boolean;
  line(source: LogSource, text: string): void;
}

/** One stream of bytes into the log, with lines of its own. */
export interface LogWriter {
  append(chunk: Uint8Array): void;
  /** Whether what came last lacks its line end. */
  readonly partial: boolean;
  /** What lacks its line end is a line as well. */
  end(): void;
}

/** Collects what a runtime and its extensions write, cut into pieces at {@link take}, and copies it to the environment's console. */
export class LogCapture {
  readonly #clock: Clock;
  readonly #consoles = new Set<(chunk: Uint8Array) => void>();
  #current = new Tail(keptBytes);
  readonly #whole = new Tail(keptWholeBytes);
  #appends = 0;
  #listeners: readonly LineListener[] = [];
  /** Writers of extensions that have not ended. */
  #open = 0;
  #drained: Deferred<void> | undefined;
  readonly #function: LogWriter = this.writer("function");
  /** In what the runtime writes through a relay. */
  readonly marks: LogMarks;
  mode: LogMode = "direct";

  constructor(clock: Clock) {
    this.#clock = clock;
    this.marks = new LogMarks(clock, (chunk) => this.#function.append(chunk));
  }

  /** What the runtime wrote. */
  append(chunk: Uint8Array): void {
    this.marks.push(chunk);
  }

  /** What the server itself has to say in this log: no line of the function's. */
  note(text: string): void {
    this.#append(Buffer.from(text));
  }

  /** A further stream into this log: its lines do not mix with those of others. */
  writer(source: LogSource): LogWriter {
    const lines = new LineSplitter((text) => {
      for (const one of this.#listeners) if (one.wanted) one.line(source, text);
    });
    if (source === "extension") this.#open += 1;
    return {
      append: (chunk) => {
        this.#append(chunk);
        if (this.#listeners.some(({ wanted }) => wanted)) lines.push(chunk);
      },
      get partial() {
        return lines.partial;
      },
      end: () => {
        lines.end();
        if (source === "extension") this.#open -= 1;
        if (this.#open === 0) this.#drained?.resolve();
      },
    };
  }

  /** Resolves when the streams of all extensions have ended, at the latest after `withinMs`. */
  async drained(withinMs: number): Promise<void> {
    if (this.#open === 0) return;
    this.#drained ??= deferred();
    const cancel = this.#clock.after(withinMs, () => this.#drained?.resolve());
    await this.#drained.promise;
    cancel();
  }

  /** Lines go to it until it wants no more. */
  listen(listener: LineListener): void {
    this.#listeners = [...this.#listeners.filter(({ wanted }) => wanted), listener];
  }

  /**
   * Like {@link settled}; what was written last is a line then, with or without its end. While more comes it is left alone: it is
   * more likely to be half a line on its way than one that the function did not end.
   */
  async complete(): Promise<void> {
    await this.settled();
    if (!this.#function.partial || (await this.quiet())) this.#function.end();
  }

  #append(chunk: Uint8Array): void {
    this.#appends += 1;
    this.#current.push(chunk);
    this.#whole.push(chunk);
    for (const copy of this.#consoles) copy(chunk);
  }

  /** Copies everything from now on. The returned function ends that. */
  onChunk(copy: (chunk: Uint8Array) => void): () => void {
    this.#consoles.add(copy);
    return () => this.#consoles.delete(copy);
  }

  /** The end of what came since the last call, at most 64 KiB. */
  take(): string {
    const text = this.#current.text();
    this.#current = new Tail(keptBytes);
    return text;
  }

  /** The end of all that ever came, at most 256 KiB. */
  whole(): string {
    return this.#whole.text();
  }

  /**
   * Waits for what the runtime wrote before its last request. A direct log was in the kernel before that request, so it is read
   * with it, much of it in several turns; a relayed one has come as far as a mark that is left in it now.
   */
  async settled(): Promise<void> {
    // Asked for before anything else is asked of the supervisor, such as to end what runs.
    if (this.mode === "relay" && (await this.marks.passed())) return;
    await nextTurn();
    for (let turns = 0, before = -1; before !== this.#appends && turns < mostTurns; turns += 1) {
      before = this.#appends;
      await nextTurn();
    }
    if (this.mode !== "direct") await this.quiet();
  }

  /**
   * Waits until nothing has come for a moment: what extensions write comes through relays, whatever the mode. False when it never
   * was quiet.
   */
  async quiet(): Promise<boolean> {
    for (let waited = 0; waited < longestWaitMs; waited += quietMs) {
      const before = this.#appends;
      await this.#clock.sleep(quietMs);
      if (this.#appends === before) return true;
    }
    return false;
  }
}

/** The last bytes of a stream. */
class Tail {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    // Dropped in halves: shifting one by one would make many small lines slow.
    if (this.#bytes < 2 * this.#limit) return;
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#chunks = [Buffer.from(kept)];
    this.#bytes = kept.byteLength;
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.#limit).toString("utf8");
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
