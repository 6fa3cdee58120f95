import { type Clock, errorText, FcError } from "@fc/core";
import { execute } from "../invocation/execution.ts";
import { invocationTarget } from "../invocation/invocation-target.ts";
import type { Home } from "../names/arn.ts";
import type { FunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { keyOf } from "../state/lambda-records.ts";
import type { EventInvokeRecord, EventRecord } from "../state/records.ts";

/** AWS: two retries, one and two minutes later; events are dropped after six hours. */
const defaultRetries = 2;
const retryDelaysMs = [60_000, 120_000];
const defaultMaximumAgeMs = 6 * 60 * 60_000;
const shortestPostponementMs = 1_000;
const longestPostponementMs = 300_000;

/** What became of one try. */
type Try = "done" | "failed" | "postponed";

/**
 * Asynchronous invocations. An event is in the record store before it is accepted and until it is done, so a restart loses
 * none. Function errors are retried, twice by default; an event that could not reach the function waits until it is too old.
 */
export class EventQueue {
  readonly #parts: LambdaParts;
  readonly #clock: Clock;
  readonly #timers = new Map<string, () => void>();
  /** Keys of the events that wait or run. */
  readonly #pending = new Set<string>();
  #stopped = false;

  constructor(parts: LambdaParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  /** How many events are not done. */
  get length(): number {
    return this.#pending.size;
  }

  /** Stores an event and starts to work on it. */
  accept(
    name: FunctionName,
    event: { readonly id: string; readonly payload: Uint8Array; readonly clientContext?: string | undefined },
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
      acceptedAt: now,
      failures: 0,
      postponed: 0,
      notBefore: now,
    };
    const key = keyOf(name, name.name, `${event.id}`);
    this.#parts.records.events.set(key, record);
    this.#schedule(key, record.notBefore);
  }

  /** Takes up what a former process accepted. */
  recover(): void {
    for (const { key, value } of this.#parts.records.events.list()) this.#schedule(key, value.notBefore);
  }

  /** Drops the events of one account, or all. */
  clear(matches: (home: Home) => boolean): void {
    for (const { key, value } of this.#parts.records.events.list()) {
      if (!matches(value)) continue;
      this.#parts.records.events.delete(key);
      this.#cancel(key);
    }
  }

  /** Stops working; the events stay for the next process. */
  stop(): void {
    this.#stopped = true;
    for (const key of [...this.#timers.keys()]) this.#cancel(key);
  }

  #cancel(key: string): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    this.#pending.delete(key);
  }

  #schedule(key: string, at: number): void {
    if (this.#stopped) return;
    this.#pending.add(key);
    const wait = at - this.#clock.now();
    if (wait <= 0) {
      this.#run(key);
      return;
    }
    const cancel = this.#clock.after(wait, () => {
      this.#timers.delete(key);
      this.#run(key);
    });
    this.#timers.set(key, cancel);
  }

  #run(key: string): void {
    const account = decodeURIComponent(key.slice(0, key.indexOf("/")));
    this.#parts.background.run(account, "an asynchronous invocation", async () => {
      const event = this.#parts.records.events.get(key);
      if (event === undefined) {
        this.#pending.delete(key);
        return;
      }
      const outcome = this.#tooOld(event) ? "done" : await this.#try(event);
      this.#settle(key, outcome);
    });
  }

  #tooOld(event: EventRecord): boolean {
    const seconds = this.#rules(event)?.maximumEventAgeSeconds;
    const limit = seconds === undefined ? defaultMaximumAgeMs : seconds * 1000;
    if (this.#clock.now() - event.acceptedAt <= limit) return false;
    this.#parts.logger.warn({ requestId: event.id, functionName: event.functionName }, "event dropped: too old");
    return true;
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
        clientContext: event.clientContext,
      });
      return result.outcome === "success" ? "done" : "failed";
    } catch (error) {
      const gone = FcError.isInstance(error, "ResourceNotFoundException");
      logger.info(
        { requestId: event.id, functionName: event.functionName, error: errorText(error) },
        "event postponed",
      );
      return gone ? "done" : "postponed";
    } finally {
      leave?.();
    }
  }

  #settle(key: string, outcome: Try): void {
    const { events } = this.#parts.records;
    const event = events.get(key);
    this.#pending.delete(key);
    if (event === undefined) return;
    const retries = this.#rules(event)?.maximumRetryAttempts ?? defaultRetries;
    if (outcome === "done" || (outcome === "failed" && event.failures >= retries)) {
      if (outcome === "failed")
        this.#parts.logger.warn(
          { requestId: event.id, functionName: event.functionName },
          "event dropped: retries used up",
        );
      events.delete(key);
      return;
    }
    const next = outcome === "failed" ? afterFailure(event, this.#clock.now()) : postponed(event, this.#clock.now());
    events.set(key, next);
    this.#schedule(key, next.notBefore);
  }

  #rules(event: EventRecord): EventInvokeRecord | undefined {
    return this.#parts.records.eventInvoke.get(keyOf(event, event.functionName, event.qualifier ?? "$LATEST"));
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
