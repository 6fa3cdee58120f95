import type { Clock } from "@fc/core";

const frame = /^(START|END|REPORT) RequestId: /;
/** The emulator's own messages: `26 Nov 2026 01:02:03,123 [INFO] (rapid) exec '/var/runtime/bootstrap'…` */
const ownMessage = /^\d{1,2} \w{3} \d{4} [\d:,]+ \[\w+\] \(rapid\) /;
/** How long the end of an invocation's log may lag behind its answer. */
const longestLagMs = 1_000;

/** Takes the function's lines out of what an emulator's container writes, and knows where an invocation's log ends. */
export class RieLog {
  readonly #clock: Clock;
  #reports = 0;
  #onReport: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The line unless it is the emulator's. */
  ofFunction(line: Uint8Array): Uint8Array | undefined {
    const start = Buffer.from(line.subarray(0, 128)).toString("latin1");
    if (start.startsWith("REPORT RequestId: ")) {
      this.#reports += 1;
      this.#onReport();
    }
    return frame.test(start) || ownMessage.test(start) ? undefined : line;
  }

  /** Resolves when the log of that many invocations is complete, or does not get so. */
  async reached(invocations: number, signal: AbortSignal): Promise<void> {
    if (this.#reports >= invocations) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#clock.after(longestLagMs, () => {
        // The lines will come with a later invocation: what is late now must not delay the next one as well.
        this.#reports = Math.max(this.#reports, invocations);
        done();
      });
      signal.addEventListener("abort", done, { once: true });
      this.#onReport = () => {
        if (this.#reports >= invocations) done();
      };
    });
  }
}
