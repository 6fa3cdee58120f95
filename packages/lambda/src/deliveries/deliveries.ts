import { errorText, FcError, Semaphore, withDeadline } from "@fc/core";
import type { DestinationMessage, EventDestinations } from "../event-sources/event-destinations.ts";
import type { Home } from "../names/arn.ts";
import type { LambdaParts } from "../parts.ts";
import type { DeliveryRecord } from "../state/delivery-record.ts";
import { keyOf } from "../state/lambda-records.ts";
import { Timers } from "../timers.ts";

/** As long as an asynchronous event may wait. */
const maximumAgeMs = 6 * 60 * 60_000;
const longestWaitMs = 300_000;
const sendTimeoutMs = 30_000;
/** How many are sent at once: a restart may find thousands. */
const concurrency = 50;

export interface Delivery extends Home {
  readonly functionName: string;
  readonly destinationArn: string;
  readonly message: DestinationMessage;
}

type Parts = Pick<LambdaParts, "records" | "background" | "clock" | "logger" | "newId">;

/**
 * Messages to destinations and dead-letter queues. A message is in the record store until its destination has it, so a restart
 * loses none. A delivery that fails is tried again for six hours, with a warning in the log each time; then, or when the
 * destination will never take it, it is logged with its content and counted as failed.
 */
export class Deliveries {
  readonly destinations: EventDestinations;
  readonly #parts: Parts;
  /** Hands an event to a function of this service. */
  readonly #invoke: (arn: string, from: Home, body: string) => void;
  readonly #timers: Timers;
  readonly #pending = new Set<string>();
  readonly #places = new Semaphore(concurrency);
  readonly #stop = new AbortController();
  #failed = 0;

  constructor(parts: Parts, destinations: EventDestinations, invoke: (arn: string, from: Home, body: string) => void) {
    this.#parts = parts;
    this.destinations = destinations;
    this.#invoke = invoke;
    this.#timers = new Timers(parts.clock);
  }

  /** How many wait or are being sent. */
  get length(): number {
    return this.#pending.size;
  }

  /** How many were given up since the service started. */
  get failed(): number {
    return this.#failed;
  }

  /** Stores messages, in one transaction with `alsoWrite`, and begins to send them. */
  add(deliveries: readonly Delivery[], alsoWrite: () => void = () => undefined): void {
    const { records, clock, newId } = this.#parts;
    const now = clock.now();
    const added = deliveries.map(
      (one): DeliveryRecord => ({ ...one, id: newId(), createdAt: now, failures: 0, notBefore: now }),
    );
    records.transaction(() => {
      alsoWrite();
      for (const record of added) records.deliveries.set(keyOf(record, record.id), record);
    });
    for (const record of added) this.#schedule(keyOf(record, record.id), record);
  }

  /** Takes up what a former process left. */
  recover(): void {
    for (const { key, value } of this.#parts.records.deliveries.list()) this.#schedule(key, value);
  }

  clear(matches: (home: Home) => boolean): void {
    for (const { key, value } of this.#parts.records.deliveries.list()) {
      if (!matches(value)) continue;
      this.#parts.records.deliveries.delete(key);
      this.#timers.cancel(key);
      this.#pending.delete(key);
    }
  }

  /** Sends nothing more; what is not delivered stays for the next process. */
  stop(): void {
    this.#stop.abort(new Error("The service is being stopped"));
    this.#timers.cancelAll();
  }

  #schedule(key: string, record: DeliveryRecord): void {
    if (this.#stop.signal.aborted) return;
    this.#pending.add(key);
    this.#timers.set(key, record.notBefore, () =>
      this.#parts.background.run(record.account, "a delivery", () => this.#deliver(key)),
    );
  }

  async #deliver(key: string): Promise<void> {
    const record = this.#parts.records.deliveries.get(key);
    if (record === undefined) return;
    let settle = (): void => this.#forget(key);
    try {
      await this.#send(record);
    } catch (error) {
      settle = () => this.#again(key, error);
    }
    await this.#parts.background.store("the end of a delivery", settle);
  }

  #forget(key: string): void {
    this.#parts.records.deliveries.delete(key);
    this.#pending.delete(key);
  }

  async #send({ destinationArn, message, ...from }: DeliveryRecord): Promise<void> {
    if (isFunctionArn(destinationArn)) return this.#invoke(destinationArn, from, message.body);
    const { clock } = this.#parts;
    const what = `sending to ${destinationArn}`;
    const stop = this.#stop.signal;
    const send = (): Promise<void> =>
      withDeadline({ timeoutMs: sendTimeoutMs, what, signal: stop, clock }, (signal) =>
        this.destinations.send(destinationArn, message, { signal, region: from.region }),
      );
    await this.#places.run(send, stop);
  }

  #again(key: string, cause: unknown): void {
    const record = this.#parts.records.deliveries.get(key);
    if (record === undefined || this.#stop.signal.aborted) return;
    const now = this.#parts.clock.now();
    const { functionName, destinationArn: destination } = record;
    const error = errorText(cause);
    const hopeless = FcError.isInstance(cause, "FC_EVENT_SOURCE_FAILED") && !cause.retryable;
    if (hopeless || now - record.createdAt >= maximumAgeMs) {
      this.#forget(key);
      this.#failed += 1;
      this.#parts.logger.error({ functionName, destination, error, message: record.message.body }, "delivery given up");
      return;
    }
    const wait = Math.min(longestWaitMs, 1_000 * 2 ** Math.min(record.failures, 20));
    const next = { ...record, failures: record.failures + 1, notBefore: now + wait };
    this.#parts.records.deliveries.set(key, next);
    this.#parts.logger.warn({ functionName, destination, error, failures: next.failures }, "delivery failed");
    this.#schedule(key, next);
  }
}

export function isFunctionArn(arn: string): boolean {
  return /^arn:[^:]+:lambda:/.test(arn);
}
