import { type Clock, type Deferred, deferred } from "@fc/core";
import { renderEvent } from "./render-event.ts";
import type { Subscription } from "./subscription.ts";
import type { TelemetryChannel } from "./telemetry-channel.ts";
import { categoryOf, type TelemetryEvent } from "./telemetry-event.ts";

/** Milliseconds before a batch that did not arrive goes out again: doubled every time. */
const firstRetryMs = 50;
const longestRetryMs = 2_000;
/** How often a listener may answer a batch with an HTTP error before the batch is dropped. One that is not there is waited for. */
const mostRefusals = 5;
/** AWS's own words. */
const fellBehind = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

interface Batch {
  readonly events: string[];
  bytes: number;
}

/**
 * One extension's subscription: collects events into batches and delivers them, one batch at a time. It holds the batch on its way and
 * the one that collects, no more: what comes when both are full is dropped and counted, and `platform.logsDropped` tells how much.
 */
export class Subscriber {
  readonly name: string;
  readonly subscription: Subscription;
  readonly channel: TelemetryChannel;
  readonly #clock: Clock;
  readonly #isJson: () => boolean;
  #collecting: Batch = { events: [], bytes: 0 };
  #sending: Batch | undefined;
  #due = false;
  #cancelTimer: (() => void) | undefined;
  #dropped = { records: 0, bytes: 0, reason: fellBehind };
  #settled: Deferred<void> | undefined;
  #ended = false;

  /** @param options.isJson whether the function's log format is JSON */
  constructor(options: {
    readonly name: string;
    readonly subscription: Subscription;
    readonly channel: TelemetryChannel;
    readonly clock: Clock;
    readonly isJson: () => boolean;
  }) {
    this.name = options.name;
    this.subscription = options.subscription;
    this.channel = options.channel;
    this.#clock = options.clock;
    this.#isJson = options.isJson;
  }

  wants(event: TelemetryEvent): boolean {
    return this.subscription.types.includes(categoryOf(event));
  }

  take(event: TelemetryEvent): void {
    if (this.#ended || !this.wants(event)) return;
    const text = renderEvent(event, this.subscription, this.#isJson());
    if (text === undefined) return;
    const { maxItems, maxBytes, timeoutMs } = this.subscription.buffering;
    const bytes = Buffer.byteLength(text);
    if (this.#isFull()) {
      this.#drop(1, bytes, fellBehind);
      return;
    }
    this.#add(text, bytes);
    if (this.#collecting.events.length >= maxItems || this.#collecting.bytes >= maxBytes) this.#send();
    else this.#cancelTimer ??= this.#clock.after(timeoutMs, () => this.#send());
  }

  /** Sends what there is. Resolves when nothing is left, or when the subscription ended. */
  flush(): Promise<void> {
    this.#send();
    if (this.#sending === undefined) return Promise.resolve();
    this.#settled ??= deferred();
    return this.#settled.promise;
  }

  /** The environment is gone: nothing more can be delivered. */
  end(): void {
    this.#ended = true;
    this.#cancelTimer?.();
    this.#settled?.resolve();
  }

  #isFull(): boolean {
    const { maxItems, maxBytes } = this.subscription.buffering;
    return this.#collecting.events.length >= maxItems || this.#collecting.bytes >= maxBytes;
  }

  #add(text: string, bytes: number): void {
    this.#collecting.events.push(text);
    this.#collecting.bytes += bytes;
  }

  #drop(records: number, bytes: number, reason: string): void {
    this.#dropped = { records: this.#dropped.records + records, bytes: this.#dropped.bytes + bytes, reason };
  }

  #send(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#due = true;
    this.#tellDrops();
    if (this.#sending !== undefined || this.#collecting.events.length === 0) return;
    this.#due = false;
    const batch = this.#collecting;
    this.#collecting = { events: [], bytes: 0 };
    this.#sending = batch;
    void this.#deliver(batch).then(() => {
      this.#sending = undefined;
      if (this.#due || this.#isFull() || this.#dropped.records > 0 || this.#settled !== undefined) this.#send();
      if (this.#sending === undefined) {
        this.#settled?.resolve();
        this.#settled = undefined;
      }
    });
  }

  /** At the place where events are missing, as soon as there is room. */
  #tellDrops(): void {
    if (this.#dropped.records === 0 || this.#sending !== undefined) return;
    const { records: droppedRecords, bytes: droppedBytes, reason } = this.#dropped;
    this.#dropped = { records: 0, bytes: 0, reason: fellBehind };
    if (!this.subscription.types.includes("platform")) return;
    const record = { droppedBytes, droppedRecords, reason };
    const event = { timeMs: this.#clock.now(), type: "platform.logsDropped", record };
    const text = renderEvent(event, this.subscription, false) ?? "";
    this.#add(text, Buffer.byteLength(text));
  }

  async #deliver(batch: Batch): Promise<void> {
    let pauseMs = firstRetryMs;
    let refusals = 0;
    while (!this.#ended) {
      const outcome = await this.channel.deliver(batch.events, this.subscription.destination);
      if (outcome === "taken") return;
      if (typeof outcome === "object") {
        refusals += 1;
        if (refusals >= mostRefusals) {
          this.#drop(
            batch.events.length,
            batch.bytes,
            `could not send events: http request failed with status ${outcome.status}`,
          );
          return;
        }
      }
      await this.#clock.sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestRetryMs);
    }
  }
}
