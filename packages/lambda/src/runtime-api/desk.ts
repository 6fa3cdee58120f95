import { type Clock, deferred } from "@fc/core";
import type { Invocation, ResponseSink } from "../backend/index.ts";
import type { ActiveInvocation } from "./active-invocation.ts";
import type { LogCapture } from "./log-capture.ts";
import type { Completion, Poll } from "./runtime-side.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** Where one event and the runtime that waits for it meet, and where its answer is handed out. */
export class Desk {
  readonly #clock: Clock;
  readonly #output: LogCapture;
  readonly #supervisor: SupervisorChannel;
  #poll: Poll | undefined;
  #active: ActiveInvocation | undefined;

  constructor(clock: Clock, output: LogCapture, supervisor: SupervisorChannel) {
    this.#clock = clock;
    this.#output = output;
    this.#supervisor = supervisor;
  }

  /** The event that was brought, until it is answered or taken back. */
  get active(): ActiveInvocation | undefined {
    return this.#active;
  }

  /** Whether a runtime waits. */
  get isWaitedAt(): boolean {
    return this.#poll !== undefined;
  }

  /** Brings an event; there is none yet. */
  bring(invocation: Invocation, timedOut: () => void): ActiveInvocation {
    const cancelDeadline = this.#clock.after(this.#leftMs(invocation), timedOut);
    this.#active = { invocation, result: deferred(), cancelDeadline };
    return this.#active;
  }

  /**
   * Stops the time of the event, if there is one, until its runtime can begin. What that gives goes on with as much time as was
   * left, and counts from then on; false when the event has gone meanwhile.
   */
  hold(timedOut: () => void): (() => boolean) | undefined {
    const active = this.#active;
    if (active === undefined) return undefined;
    const leftMs = this.#leftMs(active.invocation);
    active.cancelDeadline();
    return () => {
      if (this.#active !== active) return false;
      active.initAtMs = this.#clock.now();
      active.invocation = { ...active.invocation, deadlineMs: active.initAtMs + leftMs };
      active.cancelDeadline = this.#clock.after(leftMs, timedOut);
      return true;
    };
  }

  /** The function failed: the event that it was at work on leaves. @param isInitPart whether an init phase for the event was such work */
  failed(isInitPart: boolean): ActiveInvocation | undefined {
    const { deliveredAtMs, initAtMs } = this.#active ?? {};
    return (deliveredAtMs ?? (isInitPart ? initAtMs : undefined)) === undefined ? undefined : this.takeBack();
  }

  /** The event leaves the desk, unanswered. */
  takeBack(): ActiveInvocation | undefined {
    const active = this.#active;
    this.#active = undefined;
    active?.cancelDeadline();
    return active;
  }

  /** A runtime waits. False when it may not. */
  wait(poll: Poll): boolean {
    if (this.#poll !== undefined || this.#active?.deliveredAtMs !== undefined) return false;
    this.#poll = poll;
    return true;
  }

  /** The runtime waits no more. Undefined when it did not; with `only`, also when it is another. */
  leave(only?: Poll): Poll | undefined {
    const poll = this.#poll;
    if (only !== undefined && poll !== only) return undefined;
    this.#poll = undefined;
    return poll;
  }

  /** Gives the event to the runtime. Undefined when one of them is missing, or the runtime turns out to be gone. */
  deliver(): Invocation | undefined {
    const [poll, active] = [this.#poll, this.#active];
    if (poll === undefined || active === undefined || active.deliveredAtMs !== undefined) return undefined;
    this.#poll = undefined;
    if (!poll.deliver(active.invocation)) return undefined;
    active.deliveredAtMs = this.#clock.now();
    return active.invocation;
  }

  /** Whether the runtime is at work on this invocation. */
  isAtWork(requestId: string): boolean {
    return this.#active?.deliveredAtMs !== undefined && this.#active.invocation.requestId === requestId;
  }

  /** Where the answer to this invocation goes as it comes; undefined when its caller wants it whole. */
  sink(requestId: string): ResponseSink | undefined {
    return this.isAtWork(requestId) ? this.#active?.invocation.stream : undefined;
  }

  /** The event was answered; undefined when it was not the one at work. Its deadline still stands. */
  answered(requestId: string): ActiveInvocation | undefined {
    if (!this.isAtWork(requestId)) return undefined;
    const active = this.#active;
    this.#active = undefined;
    return active;
  }

  /**
   * Gives the invocation its result, with everything that was written before the answer and, when that is wanted, the memory used.
   * @param endedAtMs when the function was done with it
   */
  async settle(active: ActiveInvocation, completion: Completion, endedAtMs: number): Promise<void> {
    const wanted = active.invocation.wantsMemory === true ? this.#supervisor.peakMemoryMb() : undefined;
    const [maxMemoryUsedMb] = await Promise.all([wanted, this.#output.complete()]);
    const end = {
      log: this.#output.take(),
      durationMs: endedAtMs - (active.initAtMs ?? active.deliveredAtMs ?? endedAtMs),
      ...(maxMemoryUsedMb === undefined ? {} : { maxMemoryUsedMb }),
    };
    active.result.resolve(
      "error" in completion
        ? { outcome: "unhandled", payload: completion.error.payload, errorType: completion.error.errorType, ...end }
        : { outcome: "success", payload: completion.payload, ...end },
    );
  }

  #leftMs({ deadlineMs }: Invocation): number {
    return Math.max(0, deadlineMs - this.#clock.now());
  }
}
