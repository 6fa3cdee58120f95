import type { CaseResult } from "./run-if-able.ts";

export interface CheckCasesOptions<Case> {
  /** Default: all of the kit's. */
  readonly cases?: readonly Case[];
  /** Hears of every case as it ends. */
  readonly onResult?: (result: CaseResult<Case>) => void;
  readonly signal?: AbortSignal;
}

/** Runs cases one after the other; resolves with how each of them ended. */
export async function checkCases<Case>(
  cases: readonly Case[],
  run: (entry: Case) => Promise<CaseResult<Case>>,
  onResult?: (result: CaseResult<Case>) => void,
): Promise<CaseResult<Case>[]> {
  const results: CaseResult<Case>[] = [];
  for (const entry of cases) {
    const result = await run(entry);
    results.push(result);
    onResult?.(result);
  }
  return results;
}
