import type { CodePackage } from "@fc/lambda/backend";

/** What a Pod that waits may need for an answer: its connection may have died without a sign. */
const answerMs = 2_000;
/** The slowest network and disk that count as sound. */
const bytesPerMs = 5_000;
const perFileMs = 5;

/** Milliseconds within which a waiting Pod must have taken its code, or counts as lost. */
export function transferTimeoutMs(code: CodePackage): number {
  return Math.ceil(answerMs + code.sizeBytes / bytesPerMs + code.files.length * perFileMs);
}
