import { type Clock, systemClock } from "./clock.ts";
import { FcError } from "./errors.ts";

export interface DeadlineOptions {
  /** Milliseconds until the deadline. */
  readonly timeoutMs: number;
  /** What was being done, for the message: "waiting for Pod x to be Ready". */
  readonly what: string;
  /** The caller's own signal: its abort wins over the deadline. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/**
 * Runs `work` with a signal that aborts when the caller's signal does or the time is up. Work that is held up by something which goes
 * forward calls `renew`: then it has the whole time again.
 * @throws FcError `FC_DEADLINE_EXCEEDED` when the time is up first; the caller's abort reason when that came first.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal, renew: () => void) => Promise<T>,
): Promise<T> {
  const clock = options.clock ?? systemClock;
  const controller = new AbortController();
  options.signal?.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  const forward = (): void => controller.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", forward, { once: true });
  let ended = false;
  let cancel: () => void = () => undefined;
  const renew = (): void => {
    if (ended) return;
    cancel();
    cancel = clock.after(options.timeoutMs, () =>
      controller.abort(
        new FcError("FC_DEADLINE_EXCEEDED", `${options.what}: not done within ${options.timeoutMs} ms`, {
          retryable: true,
          details: { timeoutMs: options.timeoutMs },
        }),
      ),
    );
  };
  renew();
  try {
    return await Promise.race([work(controller.signal, renew), aborted]);
  } finally {
    ended = true;
    cancel();
    options.signal?.removeEventListener("abort", forward);
  }
}
