import type { Duplex } from "node:stream";
import type { Clock } from "@fc/core";
import { Subscriber } from "./subscriber.ts";
import type { Subscription } from "./subscription.ts";
import { TelemetryChannel } from "./telemetry-channel.ts";
import { categoryOf, type LogSource, type TelemetryEvent } from "./telemetry-event.ts";

/** How much of the init phase's log is kept for those who subscribe later: its beginning, in characters. */
const mostEarlyCharacters = 256 * 1024;

/** What became of a request to subscribe. `other`: the extension uses the other API, which excludes this one. */
export type SubscribeOutcome = "subscribed" | "already" | "other" | "closed";

/**
 * The telemetry of one environment and those who subscribed to it. What happened since the beginning of the init phase is told to
 * everybody; after the init phase nobody can subscribe any more, as on AWS. It knows nothing of HTTP.
 */
export class Telemetry {
  readonly #clock: Clock;
  readonly #openChannel: (number: number) => void;
  readonly #isJson: () => boolean;
  readonly #onPlatform: (event: TelemetryEvent) => void;
  readonly #subscribers: Subscriber[] = [];
  #early: TelemetryEvent[] | undefined = [];
  #earlyCharacters = 0;
  #order: Promise<void> | undefined;

  /**
   * @param options.openChannel asks the courier to dial the channel of that number
   * @param options.isJson whether the function's log format is JSON
   * @param options.onPlatform told of every platform event of the init phase, and of later ones when somebody has subscribed
   */
  constructor(options: {
    readonly clock: Clock;
    readonly openChannel: (number: number) => void;
    readonly isJson: () => boolean;
    readonly onPlatform?: (event: TelemetryEvent) => void;
  }) {
    this.#clock = options.clock;
    this.#openChannel = options.openChannel;
    this.#isJson = options.isJson;
    this.#onPlatform = options.onPlatform ?? (() => undefined);
  }

  /** Whether anybody listens, or still may. */
  get wanted(): boolean {
    return this.#early !== undefined || this.#subscribers.length > 0;
  }

  /** Whether somebody has subscribed. */
  get any(): boolean {
    return this.#subscribers.length > 0;
  }

  subscribe(name: string, subscription: Subscription): SubscribeOutcome {
    const before = this.#subscribers.find((one) => one.name === name);
    if (before !== undefined && before.subscription.api !== subscription.api) return "other";
    if (this.#early === undefined) return "closed";
    const type = subscription.api === "logs" ? "platform.logsSubscription" : "platform.telemetrySubscription";
    const tell = (state: string): void => void this.emit(type, { name, state, types: subscription.types });
    if (before !== undefined) {
      tell("Already subscribed");
      return "already";
    }
    const number = this.#subscribers.length;
    const channel = new TelemetryChannel(() => this.#openChannel(number));
    const made = new Subscriber({ name, subscription, channel, clock: this.#clock, isJson: this.#isJson });
    for (const event of this.#early) made.take(event);
    this.#subscribers.push(made);
    tell("Subscribed");
    return "subscribed";
  }

  /** The courier has dialled the channel of that number. */
  attach(number: number, socket: Duplex): boolean {
    const subscriber = this.#subscribers[number];
    subscriber?.channel.attach(socket);
    return subscriber !== undefined;
  }

  /** Tells of an event of the platform. What is not known yet holds up the platform events behind it. */
  emit(type: string, record: object | string | Promise<object | string>, timeMs: number = this.#clock.now()): void {
    if (!this.wanted) return;
    if (this.#order === undefined && !(record instanceof Promise)) {
      this.#tell({ timeMs, type, record });
      return;
    }
    const told = this.#tellLater(this.#order, record, { timeMs, type });
    this.#order = told;
    void told.then(() => {
      if (this.#order === told) this.#order = undefined;
    });
  }

  /** Tells of a line of log. */
  line(type: LogSource, text: string): void {
    this.#tell({ timeMs: this.#clock.now(), type, record: text });
  }

  /** The init phase is over. */
  close(): void {
    this.#early = undefined;
  }

  /** Sends what is buffered; resolves when it has arrived, or when `withinMs` are over. */
  async flush(withinMs: number): Promise<void> {
    if (!this.any) return;
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(withinMs, resolve);
    });
    const all = (async () => {
      await this.#order;
      await Promise.all(this.#subscribers.map((one) => one.flush()));
    })();
    await Promise.race([late, all]);
    cancel();
  }

  /** The environment is gone. */
  end(): void {
    this.#early = undefined;
    for (const one of this.#subscribers.splice(0)) one.end();
  }

  async #tellLater(
    before: Promise<void> | undefined,
    record: object | string | Promise<object | string>,
    event: Omit<TelemetryEvent, "record">,
  ): Promise<void> {
    await before;
    this.#tell({ ...event, record: await record });
  }

  #tell(event: TelemetryEvent): void {
    if (categoryOf(event) === "platform") this.#onPlatform(event);
    for (const one of this.#subscribers) one.take(event);
    if (this.#early === undefined) return;
    if (typeof event.record === "string") this.#earlyCharacters += event.record.length;
    if (this.#earlyCharacters <= mostEarlyCharacters) this.#early.push(event);
  }
}
