import { withDeadline } from "@fc/core";
import type { Plane } from "../plane.ts";

/** How long an aborted call may take to clean up before the next step is taken anyway, in milliseconds. */
const withdrawMs = 30_000;

export interface BackendCall {
  /** For the message of a timeout: "creating cache cluster x". */
  readonly what: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Calls the backend, or what keeps files, with a deadline. An aborted call is still waited for: what comes next for the node (a delete)
 * or the file must not meet the remains of what was before.
 */
export async function callBackend<T>(
  plane: Plane,
  call: BackendCall,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  try {
    return await withDeadline(
      { what: call.what, timeoutMs: call.timeoutSeconds * 1000, signal: call.signal, clock: plane.clock },
      (signal) => {
        const result = work(signal);
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
