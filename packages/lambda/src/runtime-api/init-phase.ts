import type { Clock } from "@fc/core";

/** The init phase of one life of a runtime: from the moment its code is there until it and its extensions wait. */
export class InitPhase {
  readonly #clock: Clock;
  #startedMs: number | undefined;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get begun(): boolean {
    return this.#startedMs !== undefined;
  }

  /** Milliseconds since it began, 0 before. */
  get durationMs(): number {
    const now = this.#clock.now();
    return now - (this.#startedMs ?? now);
  }

  begin(): void {
    this.#startedMs = this.#clock.now();
  }

  /** Calls once after so many milliseconds, in place of an earlier limit. */
  limit(timeoutMs: number, exceeded: () => void): void {
    this.#cancel();
    this.#cancel = this.#clock.after(timeoutMs, exceeded);
  }

  end(): void {
    this.#cancel();
  }

  /**
   * AWS's line about an init phase that failed ("Lambda execution environment": failures during the Init phase).
   * @param isRepeated at the start of an invocation
   */
  report(isRepeated: boolean, errorType: string): string {
    const phase = isRepeated ? "invoke" : "init";
    const how = errorType === "Sandbox.Timedout" ? "timeout" : `error\tError Type: ${errorType}`;
    return `INIT_REPORT Init Duration: ${this.durationMs.toFixed(2)} ms\tPhase: ${phase}\tStatus: ${how}`;
  }
}
