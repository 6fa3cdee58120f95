import type { ConformanceCase } from "./conformance-case.ts";
import { conformanceCases } from "./conformance-cases.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import type { ConformanceTarget } from "./target.ts";

export interface CheckOptions {
  /** Default: all of them. */
  readonly cases?: readonly ConformanceCase[];
  /** Hears of every case as it ends. */
  readonly onResult?: (result: CaseResult) => void;
  readonly signal?: AbortSignal;
}

/** Runs the cases on a backend, one after the other; resolves with how each of them ended. */
export async function checkBackend(target: ConformanceTarget, options: CheckOptions = {}): Promise<CaseResult[]> {
  const { cases = conformanceCases, onResult, signal } = options;
  const results: CaseResult[] = [];
  for (const entry of cases) {
    const result = await runCase(target, entry, signal === undefined ? {} : { signal });
    results.push(result);
    onResult?.(result);
  }
  return results;
}
