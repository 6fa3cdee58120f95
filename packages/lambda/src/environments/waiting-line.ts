import { type Clock, FcError } from "@fc/core";
import type { CodePackage, FunctionSpec } from "../backend/function-spec.ts";
import type { Slot } from "./slot.ts";

/** An execution that has no environment yet. */
export interface Waiter {
  readonly spec: FunctionSpec;
  readonly code: () => CodePackage;
  readonly resolve: (slot: Slot) => void;
  readonly reject: (reason: unknown) => void;
}

/** Executions that wait for an environment, first come first served; bounded in number and in time. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>();
  readonly #clock: Clock;
  readonly #size: number;
  readonly #timeoutMs: number;

  constructor(options: { clock: Clock; size: number; timeoutMs: number }) {
    this.#clock = options.clock;
    this.#size = options.size;
    this.#timeoutMs = options.timeoutMs;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /**
   * Takes a place. Resolves with the slot that it is handed.
   * @param served it will be at once, or its environment is made for it: it keeps nobody else out, and is not kept out by others
   * @throws FcError `FC_LAMBDA_QUEUE_FULL`, `FC_LAMBDA_QUEUE_TIMEOUT`; the signal's reason when the caller goes away first
   */
  join(
    { spec, code, served = false }: Pick<Waiter, "spec" | "code"> & { readonly served?: boolean },
    signal?: AbortSignal,
  ): Promise<Slot> {
    if (!served && this.#waiters.size >= this.#size)
      return Promise.reject(
        new FcError("FC_LAMBDA_QUEUE_FULL", `${this.#size} invocations are waiting for an environment already`, {
          retryable: true,
        }),
      );
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const leave = (): void => {
        this.#waiters.delete(waiter);
        cancel();
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        spec,
        code,
        resolve: (slot) => {
          leave();
          resolve(slot);
        },
        reject: (reason) => {
          leave();
          reject(reason as Error);
        },
      };
      const onAbort = (): void => waiter.reject(signal?.reason);
      const cancel = this.#clock.after(this.#timeoutMs, () =>
        waiter.reject(
          new FcError("FC_LAMBDA_QUEUE_TIMEOUT", `No environment became free within ${this.#timeoutMs} ms`, {
            retryable: true,
          }),
        ),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Everybody who waits, in order. */
  inOrder(): Waiter[] {
    return [...this.#waiters];
  }

  of(deployId: string): Waiter[] {
    return this.inOrder().filter((waiter) => waiter.spec.deployId === deployId);
  }

  rejectAll(reason: unknown, matches: (spec: FunctionSpec) => boolean): void {
    for (const waiter of this.inOrder()) if (matches(waiter.spec)) waiter.reject(reason);
  }
}
