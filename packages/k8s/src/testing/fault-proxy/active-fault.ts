import { deferred } from "@fc/core";
import { type Fault, type FaultMatch, matches } from "./fault.ts";
import type { ProxiedRequest } from "./proxied-request.ts";

/** A fault that was injected. Disposing it lifts it. */
export interface InjectedFault extends Disposable {
  /** How many requests and open streams it has met. */
  readonly hits: number;
  /** Resolves when it has met so many. Default: the first. */
  met(count?: number): Promise<void>;
  /** It meets no more, and what it holds goes on. */
  lift(): void;
}

/** A fault in force, with what it is for and how often. */
export class ActiveFault implements InjectedFault {
  readonly fault: Fault;
  readonly #match: FaultMatch;
  readonly #times: number;
  readonly #lifted = new AbortController();
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  #hits = 0;

  constructor(fault: Fault, match: FaultMatch, times: number) {
    this.fault = fault;
    this.#match = match;
    this.#times = times;
  }

  get hits(): number {
    return this.#hits;
  }

  get lifted(): AbortSignal {
    return this.#lifted.signal;
  }

  /** Whether it is for this request, and not used up. Then that counts. */
  take(request: ProxiedRequest): boolean {
    if (this.lifted.aborted || this.#hits >= this.#times || !matches(this.#match, request)) return false;
    this.#hits += 1;
    for (const { count, resolve } of this.#waiting) if (count <= this.#hits) resolve();
    return true;
  }

  met(count = 1): Promise<void> {
    const { promise, resolve } = deferred();
    if (this.#hits >= count) resolve();
    else this.#waiting.push({ count, resolve });
    return promise;
  }

  lift(): void {
    this.#lifted.abort();
  }

  [Symbol.dispose](): void {
    this.lift();
  }
}
