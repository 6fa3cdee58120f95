import { type Deferred, deferred } from "@fc/core";
import type { SessionOptions } from "./runtime-session.ts";

/** What passes through an environment's gate, once: the environment asks, it is given a function, the code arrives. */
export class Handover {
  readonly #atGate: Deferred<void> = deferred();
  readonly #given: Deferred<SessionOptions | undefined> = deferred();
  #options: SessionOptions | undefined;
  #asked = false;
  #over = false;

  /** The function, once it is known. */
  get options(): SessionOptions | undefined {
    return this.#options;
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** Resolves when the environment asks for its code. Rejects never: an environment that ends before leaves it open. */
  get atGate(): Promise<void> {
    return this.#atGate.promise;
  }

  /** Resolves with the function, or with undefined when the session ends first. */
  get given(): Promise<SessionOptions | undefined> {
    return this.#given.promise;
  }

  /** False when there is a function already, or there will be none. */
  assign(options: SessionOptions): boolean {
    if (this.#over || this.#options !== undefined) return false;
    this.#options = options;
    this.#given.resolve(options);
    return true;
  }

  /** False when that already happened: the token is for one use. */
  ask(): boolean {
    if (this.#over || this.#asked) return false;
    this.#asked = true;
    this.#atGate.resolve();
    return true;
  }

  end(): void {
    this.#over = true;
    this.#given.resolve(undefined);
  }
}
