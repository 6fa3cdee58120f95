import type { Clock } from "@fc/core";
import { initLines } from "../logs/init-lines.ts";
import type { SessionOptions } from "./runtime-session.ts";

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
   * What the log has of an init phase that failed.
   * @param isRepeated at the start of an invocation
   */
  report({ spec, initializationType }: SessionOptions, isRepeated: boolean, errorType: string): readonly string[] {
    const { durationMs } = this;
    const phase = isRepeated ? "invoke" : "init";
    const of = initializationType === undefined ? {} : { initializationType };
    return initLines(spec, { endedAt: this.#clock.now(), durationMs, errorType, phase, ...of });
  }
}
