import { type CheckCasesOptions, checkCases } from "@fc/core/conformance";
import type { ConformanceCase } from "./conformance-case.ts";
import { conformanceCases } from "./conformance-cases.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import type { ConformanceTarget } from "./target.ts";

export type CheckOptions = CheckCasesOptions<ConformanceCase>;

/** Runs the cases on a backend, one after the other; resolves with how each of them ended. */
export function checkBackend(target: ConformanceTarget, options: CheckOptions = {}): Promise<CaseResult[]> {
  const { cases = conformanceCases, onResult, signal } = options;
  return checkCases(cases, (entry) => runCase(target, entry, signal === undefined ? {} : { signal }), onResult);
}
