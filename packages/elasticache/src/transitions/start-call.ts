import { errorText, FcError } from "@fc/core";
import type { Plane } from "../plane.ts";
import { callBackend } from "./backend-call.ts";

/** Milliseconds before the second, third… try of a start whose failure may pass. */
const retryDelaysMs = [1_000, 5_000];

/** A start under the deadline of a creation, tried again while its failure says that it may pass. Waits its turn among all starts. */
export function startWithRetries<T>(
  plane: Plane,
  what: string,
  signal: AbortSignal,
  start: (within: AbortSignal) => Promise<T>,
): Promise<T> {
  const call = { what, timeoutSeconds: plane.settings.createTimeoutSeconds, signal };
  const attempt = async (within: AbortSignal, delays: readonly number[]): Promise<T> => {
    try {
      return await start(within);
    } catch (error) {
      const [delay, ...rest] = delays;
      if (delay === undefined || !FcError.isInstance(error) || !error.retryable || within.aborted) throw error;
      plane.logger.warn({ what, error: errorText(error), retryInMs: delay }, "it did not start");
      await plane.clock.sleep(delay, within);
      return attempt(within, rest);
    }
  };
  return plane.starts.run(() => callBackend(plane, call, (within) => attempt(within, retryDelaysMs)), signal);
}
