import { type CaseResult as CoreCaseResult, runIfAble, runOnBench } from "@fc/core/conformance";
import type { Ability } from "./abilities.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import type { ConformanceTarget } from "./target.ts";
import { Workbench } from "./workbench.ts";

/** How a case ended. */
export type CaseResult = CoreCaseResult<ConformanceCase>;

/** Runs one case on a backend of its own. Never rejects for what the case does. */
export function runCase(
  target: ConformanceTarget,
  entry: ConformanceCase,
  options: { readonly signal?: AbortSignal } = {},
): Promise<CaseResult> {
  const run = (): Promise<void> =>
    runOnBench<Workbench>(entry, (signal) => Workbench.open(target, signal), options.signal);
  return runIfAble<Ability, ConformanceCase>(target, entry, run);
}
