import { type Clock, Semaphore } from "@fc/core";

export interface RateLimit {
  /** Requests per second in the long run. Default 50. `Infinity` does not limit. */
  readonly perSecond?: number;
  /** Requests at once after a pause. Default 100. */
  readonly burst?: number;
}

export const defaultRateLimit = { perSecond: 50, burst: 100 } as const;

/** Calls that wait for their answer at one time. */
export const maxInFlight = 16;

/**
 * Lets requests through one after the other, so that a mistake of ours cannot flood a cluster that others use: a token bucket
 * for all, and a limit of calls in flight.
 */
export class RequestGate {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #burstMs: number;
  readonly #inFlight = new Semaphore(maxInFlight);
  /** When the bucket will be full again. */
  #fullAtMs = 0;

  constructor(limit: RateLimit, clock: Clock) {
    const { perSecond = defaultRateLimit.perSecond, burst = defaultRateLimit.burst } = limit;
    if (!(perSecond > 0) || !(burst >= 1))
      throw new RangeError(`rateLimit needs perSecond above 0 and burst of at least 1, got ${perSecond} and ${burst}`);
    this.#clock = clock;
    this.#intervalMs = 1_000 / perSecond;
    this.#burstMs = (burst - 1) * this.#intervalMs;
  }

  /** Resolves when the bucket has a token for this request. First come, first served. */
  async pass(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const now = this.#clock.now();
    const waitMs = Math.max(now, this.#fullAtMs) - now - this.#burstMs;
    this.#fullAtMs = Math.max(now, this.#fullAtMs) + this.#intervalMs;
    // A request that is given up while it waits has used its token: that only makes us slower.
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }

  /** Runs a call when the bucket has a token and fewer than 16 are in flight. */
  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.pass(signal);
    return await this.#inFlight.run(call, signal);
  }
}
