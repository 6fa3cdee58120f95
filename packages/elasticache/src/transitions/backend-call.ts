import { withDeadline } from "@fc/core";
import type { CacheCallOptions } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";

/** How long an aborted call may take to clean up before the next step is taken anyway, in milliseconds. */
const withdrawMs = 30_000;

/** Milliseconds between tries of what must be done in the end, the last one again and again. */
const retryDelaysMs = [1_000, 2_000, 5_000, 15_000, 60_000];

export interface BackendCall {
  /** For the message of a timeout: "creating cache cluster x". */
  readonly what: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** What is limited: the backend's own options limit it. */
export type BackendWork<T> = (options: CacheCallOptions) => Promise<T>;

/**
 * Calls the backend, or what keeps files, with a deadline. An aborted call is still waited for: what comes next for the node (a delete)
 * or the file must not meet the remains of what was before.
 */
export async function callBackend<T>(plane: Plane, call: BackendCall, work: BackendWork<T>): Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  try {
    return await withDeadline(
      { what: call.what, timeoutMs: call.timeoutSeconds * 1000, signal: call.signal, clock: plane.clock },
      (signal, onProgress) => {
        const result = work({ signal, onProgress });
        running = result.catch(() => undefined);
        return result;
      },
    );
  } catch (error) {
    const late = new AbortController();
    await Promise.race([running, plane.clock.sleep(withdrawMs, late.signal).catch(() => undefined)]);
    late.abort();
    throw error;
  }
}

/** Calls again and again until it is done; gives nothing when `signal` aborts before. The first failure is told to `onFailure`, every one to the log. */
export async function callUntilDone<T>(
  plane: Plane,
  call: BackendCall & { readonly onFailure: (error: unknown) => void },
  work: BackendWork<T>,
): Promise<T | undefined> {
  const { what, signal } = call;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await callBackend(plane, call, work);
    } catch (error) {
      if (signal.aborted) return undefined;
      plane.logger.warn({ attempt, error: failureText(error) }, `${what} failed`);
      if (attempt === 0) call.onFailure(error);
      const delay = retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)] ?? 0;
      await plane.clock.sleep(delay, signal).catch(() => undefined);
    }
  }
  return undefined;
}
