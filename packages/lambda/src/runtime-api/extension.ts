import { type Deferred, deferred } from "@fc/core";

export type ExtensionEventType = "INVOKE" | "SHUTDOWN";

/** What an extension is told, in AWS's form. */
export type ExtensionEvent =
  | {
      readonly eventType: "INVOKE";
      readonly deadlineMs: number;
      readonly requestId: string;
      readonly invokedFunctionArn: string;
      readonly tracing: { readonly type: "X-Amzn-Trace-Id"; readonly value: string };
    }
  | {
      readonly eventType: "SHUTDOWN";
      readonly shutdownReason: "spindown" | "timeout" | "failure";
      readonly deadlineMs: number;
    };

/** An extension that waits for its next event. */
export interface ExtensionPoll {
  /** Writes the event. False when the connection is gone, so that nothing was written. */
  deliver(event: ExtensionEvent): boolean;
  /** Resolves when the extension lets the connection go, which it does at its end; not when this side closes it. */
  readonly closed: Promise<void>;
}

/** One extension: registered → idle ⇄ at work → gone. */
export class Extension {
  readonly id: string;
  readonly name: string;
  readonly external: boolean;
  /** What it subscribed to. */
  readonly events: readonly ExtensionEventType[];
  readonly #events: ReadonlySet<ExtensionEventType>;
  readonly #gone: Deferred<void> = deferred();
  #poll: ExtensionPoll | undefined;
  #queue: ExtensionEvent[] = [];
  #idle = false;
  #leaving = false;
  /** The error type under which it announced its end. */
  announced: string | undefined;

  constructor(id: string, name: string, external: boolean, events: ReadonlySet<ExtensionEventType>) {
    this.id = id;
    this.name = name;
    this.external = external;
    this.events = [...events];
    this.#events = events;
  }

  /** Whether it has not asked for an event since it registered or since it was given one. */
  get busy(): boolean {
    return !this.#idle;
  }

  /** Resolves when it has ended, as far as that can be seen: after SHUTDOWN its connection closes, or it asks for more. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  next(poll: ExtensionPoll): void {
    if (this.#leaving && this.#queue.length === 0) this.#gone.resolve();
    this.#poll = poll;
    this.#idle = true;
    this.#deliver();
  }

  /** Queues an event for it. False when it did not subscribe to such events. */
  tell(event: ExtensionEvent): boolean {
    if (!this.#events.has(event.eventType)) return false;
    this.#queue.push(event);
    if (event.eventType === "SHUTDOWN") this.#leaving = true;
    this.#deliver();
    return true;
  }

  /** It has ended. */
  exits(): void {
    this.#gone.resolve();
  }

  #deliver(): void {
    const [poll, event] = [this.#poll, this.#queue[0]];
    if (poll === undefined || event === undefined) return;
    this.#poll = undefined;
    // A client that lost its connection asks again: the event waits for it.
    if (event.eventType === "INVOKE") this.#idle = false;
    if (!poll.deliver(event)) return;
    this.#queue.shift();
    if (event.eventType === "SHUTDOWN") void poll.closed.then(() => this.#gone.resolve());
  }
}
