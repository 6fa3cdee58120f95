import { isDeepStrictEqual } from "node:util";

/**
 * What is known of one thing that the server keeps: the state that it acknowledged last, and the one that it was asked for when it was
 * killed, which it may have made or not, but wholly.
 */
export class Tracked<State> {
  readonly name: string;
  #known: State | undefined;
  #asked: { readonly state: State | undefined } | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined: there is none. */
  get known(): State | undefined {
    return this.#known;
  }

  /** Asks for a state. Rejects when there is no answer, or a refusal; after a refusal call {@link refused}. */
  async change(state: State | undefined, ask: () => Promise<unknown>): Promise<void> {
    this.#asked = { state };
    await ask();
    this.#known = state;
    this.#asked = undefined;
  }

  refused(): void {
    this.#asked = undefined;
  }

  /** Takes what is there for known. @throws Error when it is neither what was acknowledged nor what was asked for */
  settle(found: State | undefined): void {
    const allowed = [this.#known, ...(this.#asked === undefined ? [] : [this.#asked.state])];
    if (!allowed.some((state) => isDeepStrictEqual(state, found)))
      throw new Error(`${this.name} is ${text(found)}, neither of ${allowed.map(text).join(" nor ")}`);
    this.#known = found;
    this.#asked = undefined;
  }
}

function text(state: unknown): string {
  return state === undefined ? "absent" : JSON.stringify(state);
}
