export interface BackOffLimits {
  /** Milliseconds before the first repetition. */
  readonly firstMs: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxMs: number;
  /** A run at least this long starts the series over. */
  readonly resetAfterMs: number;
}

/** The kubelet's own: 10 s doubling to 5 min, forgotten after 10 min of running. */
export const kubeletBackOff: BackOffLimits = { firstMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000 };

/** A series of doubling waits. The first restart of a container is immediate, as the kubelet does it. */
export class BackOff {
  readonly #limits: BackOffLimits;
  #nextMs = 0;

  constructor(limits: BackOffLimits = kubeletBackOff) {
    this.#limits = limits;
  }

  /** Milliseconds to wait now, after something that ran for `ranMs`. */
  next(ranMs = 0): number {
    if (ranMs >= this.#limits.resetAfterMs) this.#nextMs = 0;
    const wait = this.#nextMs;
    this.#nextMs = wait === 0 ? this.#limits.firstMs : Math.min(wait * 2, this.#limits.maxMs);
    return wait;
  }
}
