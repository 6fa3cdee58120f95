import type { EnvironmentLog, ExecutionEnvironment, InvocationResult, LogLine } from "../backend/backend.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";
import type { LogEvent } from "../event-sources/log-destination.ts";
import { endLines, startLines } from "../invocation/log-tail.ts";
import { extensionLines } from "./extension-lines.ts";
import { type InitPhase, initLines } from "./init-lines.ts";
import { passesApplicationLevel } from "./log-levels.ts";

/** One invocation as its log shows it. */
export interface LoggedRun {
  readonly requestId: string;
  readonly traceId?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** How it ended. */
export interface LoggedEnd extends LoggedRun {
  readonly endedAt: number;
  readonly result: InvocationResult;
  readonly initDurationMs?: number;
  readonly environment: Pick<ExecutionEnvironment, "maxMemoryUsedMb">;
}

/**
 * The log of one environment as it is shipped: what function and extensions write, between START, END and REPORT, or what stands for
 * them in the format JSON. It takes and never waits: what is not known at once holds up the lines behind it, and nothing else.
 */
export class ShippedLog implements EnvironmentLog {
  readonly streamName: string;
  readonly #spec: FunctionSpec;
  readonly #take: (event: LogEvent) => void;
  /** START, until there is something to stand before: an event that is not delivered leaves none. */
  #head: readonly LogEvent[] = [];
  #pending: Promise<void> | undefined;

  constructor(spec: FunctionSpec, streamName: string, take: (event: LogEvent) => void) {
    this.#spec = spec;
    this.streamName = streamName;
    this.#take = take;
  }

  write({ timeMs, source, text }: LogLine): void {
    const { logging } = this.#spec;
    if (source === "platform") this.#put(timeMs, extensionLines(text, timeMs, logging));
    else if (passesApplicationLevel(text, logging)) this.#put(timeMs, [text]);
  }

  /** The init phase is over. */
  initialised(phase: InitPhase): void {
    this.#put(phase.endedAt, initLines(this.#spec, phase));
  }

  started(run: LoggedRun): void {
    const { version, logging } = this.#spec;
    const lines = startLines({ ...run, version, ...(logging === undefined ? {} : { logging }) }, run.startedAt);
    this.#head = lines.map((line) => eventOf(run.startedAt, line));
  }

  /** The event did not reach the runtime. */
  notDelivered(): void {
    this.#head = [];
  }

  ended(end: LoggedEnd): void {
    this.#putHead();
    const before = this.#pending;
    const told = this.#tellEnd(before, end);
    this.#pending = told;
    void told.then(() => {
      if (this.#pending === told) this.#pending = undefined;
    });
  }

  async #tellEnd(before: Promise<void> | undefined, end: LoggedEnd): Promise<void> {
    const { result, environment, initDurationMs, ...run } = end;
    const [memory] = await Promise.all([result.maxMemoryUsedMb ?? environment.maxMemoryUsedMb?.(), before]);
    const { version, logging, memorySizeMb, timeoutSeconds } = this.#spec;
    const lines = endLines({
      ...run,
      version,
      memorySizeMb,
      timeoutSeconds,
      durationMs: result.durationMs,
      producedBytes: result.payload.byteLength,
      ...(logging === undefined ? {} : { logging }),
      ...(memory === undefined ? {} : { maxMemoryUsedMb: memory }),
      ...(initDurationMs === undefined ? {} : { initDurationMs }),
      ...(result.errorType === undefined ? {} : { errorType: result.errorType }),
    });
    for (const line of lines) this.#take(eventOf(end.endedAt, line));
  }

  #put(timeMs: number, lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#putHead();
    this.#pass(lines.map((line) => eventOf(timeMs, line)));
  }

  #putHead(): void {
    const head = this.#head;
    this.#head = [];
    this.#pass(head);
  }

  #pass(events: readonly LogEvent[]): void {
    const take = (): void => {
      for (const event of events) this.#take(event);
    };
    if (this.#pending === undefined) take();
    else this.#pending = this.#pending.then(take);
  }
}

/** Lambda's events end with their line. */
function eventOf(timeMs: number, line: string): LogEvent {
  return { timeMs, message: `${line}\n` };
}
