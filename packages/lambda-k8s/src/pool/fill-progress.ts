import type { Clock, Logger } from "@fc/core";
import type { PodBlueprint } from "../pod-maker.ts";

export interface FillProgressOptions {
  readonly blueprint: Pick<PodBlueprint, "image" | "spec">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells once of a kind that its first Pods are being started, and when as many wait as are wanted: between the two an image may be pulled for
 * minutes. What is refilled later is not told.
 */
export class FillProgress {
  readonly #options: FillProgressOptions;
  #state: "empty" | { readonly sinceMs: number } | "filled" = "empty";

  constructor(options: FillProgressOptions) {
    this.#options = options;
  }

  /** A Pod is being started. */
  started(wanted: number): void {
    if (this.#state !== "empty") return;
    this.#state = { sinceMs: this.#options.clock.now() };
    this.#tell({ wanted }, "The pool starts Pods that wait for functions of this kind");
  }

  /** A Pod has come to its gate. */
  arrived(waiting: number, wanted: number): void {
    if (typeof this.#state === "string" || waiting < Math.max(1, wanted)) return;
    const elapsedMs = this.#options.clock.now() - this.#state.sinceMs;
    this.#state = "filled";
    this.#tell({ waiting, elapsedMs }, "The pool's Pods wait for functions of this kind");
  }

  #tell(fields: Readonly<Record<string, number>>, message: string): void {
    const { blueprint, logger } = this.#options;
    const { image, spec } = blueprint;
    logger.info({ image, memorySizeMb: spec.memorySizeMb, architecture: spec.architecture, ...fields }, message);
  }
}
