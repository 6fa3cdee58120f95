import { errorText, FcError } from "@fc/core";
import type { CacheCallOptions } from "../backend/backend.ts";
import type { Plane } from "../plane.ts";
import { type BackendWork, callBackend } from "./backend-call.ts";

/** Milliseconds before the second, third… try of a start whose failure may pass. */
const retryDelaysMs = [1_000, 5_000];

/** A start under the deadline of a creation, tried again while its failure says that it may pass. Waits its turn among all starts. */
export function startWithRetries<T>(
  plane: Plane,
  what: string,
  signal: AbortSignal,
  start: BackendWork<T>,
): Promise<T> {
  const call = { what, timeoutSeconds: plane.settings.createTimeoutSeconds, signal };
  const attempt = async (options: CacheCallOptions, delays: readonly number[]): Promise<T> => {
    try {
      return await start(options);
    } catch (error) {
      const [delay, ...rest] = delays;
      if (delay === undefined || !FcError.isInstance(error) || !error.retryable || options.signal.aborted) throw error;
      plane.logger.warn({ what, error: errorText(error), retryInMs: delay }, "it did not start");
      await plane.clock.sleep(delay, options.signal);
      return attempt(options, rest);
    }
  };
  const started: BackendWork<T> = (options) => attempt(options, retryDelaysMs);
  return plane.starts.run(() => callBackend(plane, call, started), signal);
}
