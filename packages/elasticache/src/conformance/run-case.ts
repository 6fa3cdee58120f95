import { withDeadline } from "@fc/core";
import { type CaseResult as CoreCaseResult, runIfAble } from "@fc/core/conformance";
import type { Ability, ConformanceCase } from "./conformance-case.ts";
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
  return runIfAble<Ability, ConformanceCase>(target, entry, () => runOnBench(target, entry, options.signal));
}

async function runOnBench(
  target: ConformanceTarget,
  { timeoutMs, group, name, run }: ConformanceCase,
  signal: AbortSignal | undefined,
): Promise<void> {
  let bench: Workbench | undefined;
  try {
    await withDeadline({ timeoutMs, what: `${group}: ${name}`, signal }, async (deadline) => {
      bench = await Workbench.open(target, deadline);
      await run(bench);
      await bench.finish();
    });
  } finally {
    await bench?.[Symbol.asyncDispose]();
  }
}
