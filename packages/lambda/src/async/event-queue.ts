import { type Clock, errorText, FcError } from "@fc/core";
import type { FinishedEvent, FunctionResponse } from "../deliveries/invocation-record.ts";
import { type ExecutionRequest, execute } from "../invocation/execution.ts";
import { invocationTarget } from "../invocation/invocation-target.ts";
import { functionArn, type Home } from "../names/arn.ts";
import type { FunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { EventRecord } from "../state/records.ts";
import { Timers } from "../timers.ts";
import { eventRules, resultDeliveries } from "./event-results.ts";

/** AWS: two retries, one and two minutes later; events are dropped after six hours. */
const defaultRetries = 2;
const retryDelaysMs = [60_000, 120_000];
const defaultMaximumAgeMs = 6 * 60 * 60_000;
const shortestPostponementMs = 1_000;
const longestPostponementMs = 300_000;

type EventEnd = Pick<FinishedEvent, "condition" | "response">;

/** What became of one try; `gone`: there is no such function any more. */
type Try =
  | { readonly outcome: "ran"; readonly response: FunctionResponse }
  | { readonly outcome: "gone" | "postponed" | "tooOld" };

/**
 * Asynchronous invocations. An event is in the record store before it is accepted and until it is done, so a restart loses
 * none. Function errors are retried, twice by default; an event that could not reach the function waits until it is too old.
 */
export class EventQueue {
  readonly #parts: LambdaParts;
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** Keys of the events that wait or run, with when they were accepted. */
  readonly #pending = new Map<string, number>();
  #stopped = false;

  constructor(parts: LambdaParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#timers = new Timers(parts.clock);
  }

  /** How many events are not done. */
  get length(): number {
    return this.#pending.size;
  }

  /** Milliseconds since the oldest of them was accepted. */
  get oldestAgeMs(): number {
    const now = this.#clock.now();
    let oldest = now;
    for (const acceptedAt of this.#pending.values()) oldest = Math.min(oldest, acceptedAt);
    return now - oldest;
  }

  /** Stores an event and starts to work on it. */
  accept(
    name: FunctionName,
    event: { readonly id: string; readonly payload: Uint8Array } & Pick<
      ExecutionRequest,
      "clientContext" | "traceHeader"
    >,
  ): void {
    const now = this.#clock.now();
    const record: EventRecord = {
      account: name.account,
      region: name.region,
      id: event.id,
      functionName: name.name,
      ...(name.qualifier === undefined ? {} : { qualifier: name.qualifier }),
      payload: Buffer.from(event.payload).toString("base64"),
      ...(event.clientContext === undefined ? {} : { clientContext: event.clientContext }),
      ...(event.traceHeader === undefined ? {} : { traceHeader: event.traceHeader }),
      acceptedAt: now,
      failures: 0,
      postponed: 0,
      notBefore: now,
    };
    const key = keyOf(name, name.name, `${event.id}`);
    this.#parts.records.events.set(key, record);
    this.#schedule(key, record);
  }

  /** Takes up what a former process accepted. */
  recover(): void {
    for (const { key, value } of this.#parts.records.events.list()) this.#schedule(key, value);
  }

  /** Drops the events of one account, or all. */
  clear(matches: (home: Home) => boolean): void {
    for (const { key, value } of this.#parts.records.events.list()) {
      if (!matches(value)) continue;
      this.#parts.records.events.delete(key);
      this.#timers.cancel(key);
      this.#pending.delete(key);
    }
  }

  /** Stops working; the events stay for the next process. */
  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  #schedule(key: string, { acceptedAt, notBefore }: EventRecord): void {
    if (this.#stopped) return;
    this.#pending.set(key, acceptedAt);
    this.#timers.set(key, notBefore, () => this.#run(key));
  }

  #run(key: string): void {
    const account = decodeURIComponent(key.slice(0, key.indexOf("/")));
    this.#parts.background.run(account, "an asynchronous invocation", async () => {
      const event = this.#parts.records.events.get(key);
      if (event === undefined) {
        this.#pending.delete(key);
        return;
      }
      const last: Try = this.#isTooOld(event) ? { outcome: "tooOld" } : await this.#try(event);
      await this.#parts.background.store("the end of an asynchronous invocation", () => this.#settle(key, last));
    });
  }

  #isTooOld(event: EventRecord): boolean {
    const seconds = eventRules(this.#parts, event)?.maximumEventAgeSeconds;
    const limit = seconds === undefined ? defaultMaximumAgeMs : seconds * 1000;
    return this.#clock.now() - event.acceptedAt > limit;
  }

  async #try(event: EventRecord): Promise<Try> {
    const { concurrency, logger } = this.#parts;
    let leave: (() => void) | undefined;
    try {
      const target = invocationTarget(this.#parts, event.functionName, event, event.qualifier);
      leave = concurrency.enter(event, event.functionName);
      const { result } = await execute(this.#parts, target.owner, target.version, {
        requestId: event.id,
        payload: Buffer.from(event.payload, "base64"),
        invokedFunctionArn: target.invokedFunctionArn,
        source: "event",
        clientContext: event.clientContext,
        traceHeader: event.traceHeader,
      });
      const response: FunctionResponse = {
        executedVersion: target.version.version,
        failed: result.outcome !== "success",
        payload: Buffer.from(result.payload).toString("utf8"),
      };
      return { outcome: "ran", response };
    } catch (error) {
      const gone = FcError.isInstance(error, "ResourceNotFoundException");
      logger.info(
        { requestId: event.id, functionName: event.functionName, error: errorText(error) },
        "event postponed",
      );
      return { outcome: gone ? "gone" : "postponed" };
    } finally {
      leave?.();
    }
  }

  #settle(key: string, last: Try): void {
    const { events } = this.#parts.records;
    const event = events.get(key);
    const next = event === undefined ? undefined : this.#store(key, event, last);
    this.#pending.delete(key);
    if (next !== undefined) this.#schedule(key, next);
  }

  /** What the event is for its next try; undefined when there is none. */
  #store(key: string, event: EventRecord, last: Try): EventRecord | undefined {
    const { events } = this.#parts.records;
    // A function that failed because its environment was ended with the service: the next process runs it again.
    if (this.#stopped && last.outcome === "ran" && last.response.failed) return undefined;
    if (last.outcome === "gone") {
      events.delete(key);
      return undefined;
    }
    const end = this.#endOf(event, last);
    if (end !== undefined) {
      this.#finish(key, event, end);
      return undefined;
    }
    const next = last.outcome === "ran" ? afterFailure(event, this.#clock.now()) : postponed(event, this.#clock.now());
    events.set(key, next);
    return next;
  }

  /** How the event ends with this try; undefined when it is to be tried again. */
  #endOf(event: EventRecord, last: Try): EventEnd | undefined {
    if (last.outcome === "tooOld") return { condition: "EventAgeExceeded" };
    if (last.outcome !== "ran") return undefined;
    if (!last.response.failed) return { condition: "Success", response: last.response };
    const retries = eventRules(this.#parts, event)?.maximumRetryAttempts ?? defaultRetries;
    return event.failures < retries ? undefined : { condition: "RetriesExhausted", response: last.response };
  }

  /** The event is done: it goes, and what came of it is on its way to destinations, both or none. */
  #finish(key: string, event: EventRecord, end: EventEnd): void {
    const { records, logger } = this.#parts;
    const deliveries = resultDeliveries(this.#parts, event, {
      ...end,
      requestId: event.id,
      functionArn: functionArn(event, event.functionName, event.qualifier ?? "$LATEST"),
      invokeCount: event.failures + (end.response === undefined ? 0 : 1),
      payload: Buffer.from(event.payload, "base64").toString("utf8"),
      finishedAtMs: this.#clock.now(),
    });
    this.#parts.deliveries.add(deliveries, () => void records.events.delete(key));
    if (end.condition !== "Success")
      logger.warn({ requestId: event.id, functionName: event.functionName, condition: end.condition }, "event failed");
  }
}

function afterFailure(event: EventRecord, now: number): EventRecord {
  const delay = retryDelaysMs[event.failures] ?? retryDelaysMs.at(-1) ?? 0;
  return { ...event, failures: event.failures + 1, postponed: 0, notBefore: now + delay };
}

function postponed(event: EventRecord, now: number): EventRecord {
  const delay = Math.min(longestPostponementMs, shortestPostponementMs * 2 ** Math.min(event.postponed, 20));
  return { ...event, postponed: event.postponed + 1, notBefore: now + delay };
}
