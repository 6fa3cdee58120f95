import type { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import type { LogMarks } from "./log-marks.ts";

/**
 * How long an answer may take. The supervisor answers in a millisecond unless its Pod is starved; what it used before would then
 * be told as if it were all.
 */
const answerMs = 1_000;
/** When the runtime's end has been reported, there may be nobody to answer. */
const lastAnswerMs = 100;
/** A line that is longer is none of ours. */
const maxLineLength = 1_024;
const bytesPerMb = 1024 * 1024;

/**
 * Questions to the supervisor of an environment, over a connection that it holds open. A question is a line, and so is its
 * answer: `memory` → `memory <bytes>`, or `memory -` where that cannot be known. `TERM` and `KILL` send the runtime that signal;
 * `MARK <text>` writes the text into the relayed log, behind what the runtime has written; `RESET` ends everything that runs beside
 * the supervisor and starts the runtime anew; `EXTENSIONS <n>` and n bytes of shell start the extensions. They have no answer: ends are
 * reported, and a new runtime asks at its gate. The connection is the courier's, too: see `Courier`.
 */
export class SupervisorChannel {
  readonly #clock: Clock;
  readonly #marks: LogMarks | undefined;
  #socket: Duplex | undefined;
  #line = "";
  #waiting: (() => void)[] = [];
  #peakBytes: number | undefined;
  #patienceMs = answerMs;
  #isResetting = false;
  /** Questions that came before the supervisor. */
  #early: string[] = [];

  /** @param marks of the relayed log, into which the supervisor writes them */
  constructor(clock: Clock, marks?: LogMarks) {
    this.#clock = clock;
    this.#marks = marks;
    if (marks !== undefined) marks.write = (text) => this.mark(text);
  }

  /** The supervisor has dialled. The last connection counts. */
  attach(socket: Duplex): void {
    this.#socket = socket;
    for (const line of this.#early.splice(0)) socket.write(line);
    socket.on("data", (chunk: Uint8Array) => this.#take(Buffer.from(chunk).toString("latin1")));
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#answered();
      this.#marks?.lost();
    });
  }

  /** The most memory that the environment has used so far, in bytes; undefined where that is not known. Never rejects. */
  async peakMemory(): Promise<number | undefined> {
    const socket = this.#socket;
    if (socket?.writable !== true) return this.#peakBytes;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#patienceMs, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
      socket.write("memory\n");
    });
    return this.#peakBytes;
  }

  /** The same in MiB, rounded up. */
  async peakMemoryMb(): Promise<number | undefined> {
    const bytes = await this.peakMemory();
    return bytes === undefined ? undefined : Math.ceil(bytes / bytesPerMb);
  }

  /** Whether there is a supervisor that listens. */
  get attached(): boolean {
    return this.#socket?.writable === true;
  }

  /** Ends the runtime, where there is a supervisor that can. */
  stop(signal: "TERM" | "KILL"): void {
    if (this.attached) this.#tell(`${signal}\n`);
  }

  /** Leaves a mark in the relayed log. False when nobody would, as while the runtime is being ended. */
  mark(text: string): boolean {
    if (!this.attached || this.#isResetting) return false;
    this.#tell(`MARK ${text}\n`);
    return true;
  }

  /** Ends what runs, and starts the runtime anew. */
  reset(): void {
    if (!this.attached) return;
    this.#isResetting = true;
    this.#tell("RESET\n");
  }

  /** A runtime has been started. */
  started(): void {
    this.#isResetting = false;
  }

  /** Starts the extensions, as soon as the supervisor has dialled. @param text see `shellText` */
  extend(text: string): void {
    this.#tell(`EXTENSIONS ${Buffer.byteLength(text)}\n${text}`);
  }

  /** The supervisor has reported the runtime's end, with the last figure where that is known. */
  exitReported(bytes: number | undefined): void {
    this.#patienceMs = lastAnswerMs;
    if (bytes !== undefined) this.#raise(bytes);
    this.#answered();
  }

  #raise(bytes: number): void {
    this.#peakBytes = Math.max(this.#peakBytes ?? 0, bytes);
  }

  #tell(text: string): void {
    if (this.#socket?.writable === true) this.#socket.write(text);
    else this.#early.push(text);
  }

  #take(text: string): void {
    const lines = `${this.#line}${text}`.split("\n");
    this.#line = (lines.pop() ?? "").slice(0, maxLineLength);
    for (const line of lines) {
      const bytes = /^memory (\d{1,15})$/.exec(line)?.[1];
      if (bytes !== undefined) this.#raise(Number(bytes));
      this.#patienceMs = answerMs;
      this.#answered();
    }
  }

  /** Peaks only grow: one answer does for all who asked before it. */
  #answered(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
