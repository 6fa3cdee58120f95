import { type Deferred, deferred } from "@fc/core";
import type { EnvironmentEnd } from "../backend/index.ts";
import { RuntimeLife, type Surroundings } from "./runtime-life.ts";
import type { Poll } from "./runtime-side.ts";
import { shutDown } from "./shut-down.ts";

/** How long the supervisor may take to end what runs and to have the next runtime at its gate, extensions' 2 s included. */
const longestResetMs = 15_000;

/** The lives that an environment's runtime has, one after the other. */
export class Lives {
  readonly #around: Surroundings;
  readonly #onExtensionsIdle: () => void;
  #current: RuntimeLife;
  #exited: Deferred<void> = deferred();
  /** Resolves when all earlier lives have ended, or had their time. */
  #stopped: Promise<void> = Promise.resolve();
  /** The life before, until the next one is at its gate. */
  #leaving: RuntimeLife | undefined;

  constructor(around: Surroundings, onExtensionsIdle: () => void) {
    this.#around = around;
    this.#onExtensionsIdle = onExtensionsIdle;
    this.#current = this.#next(true);
  }

  /** The one that is there or comes. */
  get current(): RuntimeLife {
    return this.#current;
  }

  /** Whether the one before is still being ended. */
  get isChanging(): boolean {
    return this.#leaving !== undefined;
  }

  /** The one whose processes are there, also while they are being ended. */
  get present(): RuntimeLife {
    return this.#leaving ?? this.#current;
  }

  /** The runtime is at its gate. */
  arrived(): void {
    this.#leaving = undefined;
    this.#around.supervisor.started();
  }

  /** The runtime's process ended. True when it was the current one's. */
  exited(): boolean {
    const isLeaving = this.#leaving?.hasExited === false;
    const life = isLeaving ? this.#leaving : this.#current;
    if (life !== undefined) life.hasExited = true;
    this.#exited.resolve();
    return !isLeaving;
  }

  /** Ends the current life for good. Resolves when it has ended, or had its time. */
  async end(reason: EnvironmentEnd["reason"], poll: Poll | undefined): Promise<void> {
    const { extensions, telemetry } = this.#current;
    const runtime = { poll, exited: this.#exited.promise };
    await Promise.all([this.#stopped, shutDown({ ...this.#around, extensions, telemetry }, runtime, reason)]);
  }

  /**
   * Ends the current life and has the supervisor begin another.
   * @param late called when that one does not come to its gate
   */
  replace(reason: EnvironmentEnd["reason"], poll: Poll | undefined, late: () => void): void {
    const life = this.#current;
    this.#stopped = this.end(reason, poll);
    this.#leaving = life;
    this.#exited = deferred();
    this.#current = this.#next(false);
    this.#current.extensions.expect(life.extensions.expected);
    this.#current.init.limit(longestResetMs, late);
    void this.#stopped.then(() => this.#around.supervisor.reset());
  }

  #next(isFirst: boolean): RuntimeLife {
    const life: RuntimeLife = new RuntimeLife(this.#around, isFirst, () => {
      if (this.#current === life) this.#onExtensionsIdle();
    });
    return life;
  }
}
