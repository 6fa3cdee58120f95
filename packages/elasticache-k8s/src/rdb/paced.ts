import type { Clock } from "@fc/core";

export interface Pace {
  readonly bytesPerSecond: number;
  readonly clock: Clock;
  /** From its abort on nothing is held back any more. */
  readonly hurry: AbortSignal;
  readonly signal: AbortSignal;
}

/** Shorter rests than this are put off: a timer is no more precise, and waking up costs too. */
const shortestRestMs = 8;

/**
 * Passes chunks on, no more than so many bytes a second: who sends them has to wait. The time in which nothing came is not made up
 * for, so there is no burst after it.
 * @throws what the source throws; the signal's reason.
 */
export async function* paced(
  source: AsyncIterable<Uint8Array>,
  { bytesPerSecond, clock, hurry, signal }: Pace,
): AsyncGenerator<Uint8Array, void, void> {
  let dueMs = clock.now();
  for await (const chunk of source) {
    yield chunk;
    dueMs = Math.max(dueMs, clock.now()) + (chunk.length / bytesPerSecond) * 1_000;
    const restMs = dueMs - clock.now();
    if (restMs >= shortestRestMs && !hurry.aborted) await rest(restMs, clock, hurry, signal);
  }
}

async function rest(ms: number, clock: Clock, hurry: AbortSignal, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, AbortSignal.any([hurry, signal]));
  } catch (error) {
    if (!hurry.aborted || signal.aborted) throw error;
  }
}
