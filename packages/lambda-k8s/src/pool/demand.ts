/** Launches this far apart can count on the same waiting Pods: a Pod takes seconds to be replaced. */
const burstMs = 5_000;
const memoryMs = 60_000;
/** Larger bursts start further Pods when they come. */
const largest = 5;

/** How many Pods of one kind should wait: as many as were lately wanted at once, one while the kind is in use, none after. */
export class Demand {
  readonly #idleMs: number;
  #launches: number[] = [];
  #lastUse: number;

  /** @param idleMs how long a kind is in use after its last launch; 0: for ever */
  constructor(idleMs: number, now: number) {
    this.#idleMs = idleMs;
    this.#lastUse = now;
  }

  get lastUse(): number {
    return this.#lastUse;
  }

  /** A function of the kind was made or changed: it may be launched soon. */
  announced(now: number): void {
    this.#lastUse = now;
  }

  launched(now: number): void {
    this.#lastUse = now;
    this.#launches = [...this.#launches.filter((at) => at > now - memoryMs), now].slice(-10 * largest);
  }

  inUse(now: number): boolean {
    return this.#idleMs === 0 || now < this.#lastUse + this.#idleMs;
  }

  wanted(now: number): number {
    if (!this.inUse(now)) return 0;
    const lately = this.#launches.filter((at) => at > now - memoryMs);
    const bursts = lately.map((from) => lately.filter((at) => at >= from && at < from + burstMs).length);
    return Math.min(largest, Math.max(1, ...bursts));
  }
}
