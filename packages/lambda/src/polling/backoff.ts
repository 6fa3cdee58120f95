import { errorText } from "@fc/core";
import type { Polling } from "./polling.ts";

/** Milliseconds to wait after this many failures in a row: one second, doubled up to half a minute. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(Math.max(failures - 1, 0), 10));
}

/** Logs and shows what went wrong, and waits before the next try. @throws the signal's reason when it aborts, also before */
export async function pauseAfterFailure(
  polling: Polling,
  failure: { readonly what: string; readonly error: unknown; readonly failures: number },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { mapping, logger, clock } = polling;
  const error = errorText(failure.error);
  logger.warn({ mapping: mapping.id, source: mapping.sourceArn, error }, `${failure.what} failed`);
  polling.report(`PROBLEM: ${error}`);
  // Whoever waits for the first look has waited long enough.
  polling.opened();
  await clock.sleep(backoffMs(failure.failures), signal);
}
