import type { Clock } from "@fc/core";

interface Timer {
  readonly ms: number;
  readonly callback: () => void;
}

/** A clock for real sockets: sleeps end at once and are remembered, timers run only when the test says so. */
export class StepClock implements Clock {
  readonly sleeps: number[] = [];
  /** Called by every sleep, which ends when this does. */
  onSleep: () => Promise<void> = () => Promise.resolve();
  #now = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    await new Promise((resolve) => setImmediate(resolve));
    await this.onSleep();
    signal?.throwIfAborted();
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets the time of every timer come that was set for between `min` and `max` milliseconds. Returns how many those were. */
  fire(min: number, max: number = min): number {
    const due = this.#timers.filter(({ ms }) => ms >= min && ms <= max);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    this.#now += due.length === 0 ? 0 : max;
    for (const timer of due) timer.callback();
    return due.length;
  }

  /** Lets time pass without a timer coming due. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /** How many timers wait, of exactly this time or all. */
  pending(ms?: number): number {
    return this.#timers.filter((timer) => ms === undefined || timer.ms === ms).length;
  }
}
