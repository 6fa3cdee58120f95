import type { LambdaBackend } from "../../src/backend/index.ts";

/** What is wrong with a backend. */
export interface Mistake {
  /** Puts something around the backend. */
  readonly around?: (backend: LambdaBackend) => LambdaBackend;
  /** All environments have one state. */
  readonly sharedState?: boolean;
  /** What a runtime that begins anew keeps although it should not, or loses although it should keep it. */
  readonly reset?: "keeps state" | "keeps processes" | "loses files";
}

/** What a backend may get wrong, and the cases that must find it, by the beginning of their names. */
export type MistakeRow = readonly [what: string, mistake: Mistake, foundBy: readonly string[]];
