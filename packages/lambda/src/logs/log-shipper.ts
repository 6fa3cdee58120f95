import { randomBytes } from "node:crypto";
import { type Clock, errorText, FcError, type Logger, Semaphore } from "@fc/core";
import type { FunctionSpec } from "../backend/function-spec.ts";
import type { LogDestination, LogEvent, LogStreamId } from "../event-sources/log-destination.ts";
import { logStreamName } from "../runtime-api/reserved-environment.ts";
import { ShippedLog } from "./environment-log.ts";
import { batchLength, cutMessage } from "./log-batch.ts";

/** Milliseconds that events are collected before they go out. */
const lingerMs = 250;
const firstRetryMs = 200;
const longestRetryMs = 30_000;
/** Milliseconds that one call may take. */
const callMs = 30_000;
/** Streams that are written at once. */
const parallelCalls = 4;
/** What may wait in memory, in characters of all messages: what comes beyond is dropped, and counted. */
const mostWaiting = 32 * 1024 * 1024;
/** Milliseconds that the end of the service waits for what is left. */
const lastFlushMs = 5_000;

interface Stream {
  readonly id: LogStreamId;
  waiting: LogEvent[];
  running: Promise<void> | undefined;
  dropped: number;
}

/**
 * Ships logs in the background: every stream in order, in batches, retried with back-off. Nobody waits for it: what finds no room is
 * dropped, and the log of the service says how much.
 */
export class LogShipper implements AsyncDisposable {
  readonly #destination: LogDestination;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #calls = new Semaphore(parallelCalls);
  readonly #streams = new Set<Stream>();
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  #waiting = 0;

  constructor(options: { readonly destination: LogDestination; readonly clock: Clock; readonly logger: Logger }) {
    this.#destination = options.destination;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Opens the log of a new environment of a function, in a stream of its own. */
  open(spec: FunctionSpec): ShippedLog {
    const { account, region, logGroup: group, version } = spec;
    const name = logStreamName(version, this.#clock.now(), randomBytes(16).toString("hex"));
    const stream: Stream = { id: { account, region, group, name }, waiting: [], running: undefined, dropped: 0 };
    return new ShippedLog(spec, name, (event) => this.#take(stream, event));
  }

  /** Resolves when all that was taken is written or dropped. */
  async idle(): Promise<void> {
    while (this.#streams.size > 0) await Promise.all([...this.#streams].map(({ running }) => running));
  }

  /** Gives what is left five seconds, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hurry.abort();
    const cancel = this.#clock.after(lastFlushMs, () => this.#stop.abort(new Error("The log shipper is being closed")));
    await this.idle();
    cancel();
    this.#stop.abort(new Error("The log shipper is closed"));
    await this.#destination[Symbol.asyncDispose]();
  }

  #take(stream: Stream, { timeMs, message }: LogEvent): void {
    const event = { timeMs, message: cutMessage(message, this.#destination.limits) };
    const characters = event.message.length;
    if (this.#stop.signal.aborted || this.#waiting + characters > mostWaiting) {
      stream.dropped += 1;
      if (stream.dropped === 1)
        this.#logger.warn({ ...stream.id }, "Function logs are dropped: too many wait to be shipped");
      return;
    }
    this.#waiting += characters;
    stream.waiting.push(event);
    if (stream.running !== undefined) return;
    this.#streams.add(stream);
    stream.running = this.#ship(stream).finally(() => {
      stream.running = undefined;
      this.#streams.delete(stream);
    });
  }

  async #ship(stream: Stream): Promise<void> {
    while (stream.waiting.length > 0) {
      if (!this.#hurry.signal.aborted) await this.#pause(lingerMs);
      // Platform lines carry the time of what they tell, which may be before a line that came earlier.
      const events = stream.waiting.sort((a, b) => a.timeMs - b.timeMs);
      const batch = events.slice(0, batchLength(events, this.#destination.limits));
      stream.waiting = events.slice(batch.length);
      if (!(await this.#write(stream, batch))) stream.dropped += batch.length;
      this.#waiting -= batch.reduce((sum, { message }) => sum + message.length, 0);
      if (stream.dropped > 0) this.#tellDrops(stream);
    }
  }

  /** False when the batch is lost. */
  async #write(stream: Stream, batch: readonly LogEvent[]): Promise<boolean> {
    const { signal } = this.#stop;
    let pauseMs = firstRetryMs;
    while (!signal.aborted) {
      try {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(callMs)]);
        await this.#calls.run(() => this.#destination.put(stream.id, batch, { signal: limited }));
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const retryable = !FcError.isInstance(error) || error.retryable;
        this.#logger.warn({ ...stream.id, retryable, error: errorText(error) }, "Function logs could not be shipped");
        if (!retryable) return false;
      }
      await this.#pause(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestRetryMs);
    }
    return false;
  }

  #tellDrops(stream: Stream): void {
    this.#logger.warn({ ...stream.id, dropped: stream.dropped }, "Function logs were dropped");
    stream.dropped = 0;
  }

  /** Ends early when there is no time left. */
  async #pause(ms: number): Promise<void> {
    const hurried = this.#hurry.signal.aborted;
    const signal = hurried ? this.#stop.signal : this.#hurry.signal;
    await this.#clock.sleep(hurried ? Math.min(ms, firstRetryMs) : ms, signal).catch(() => undefined);
  }
}
