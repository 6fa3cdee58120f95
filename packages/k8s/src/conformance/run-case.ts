import { setTimeout as delay } from "node:timers/promises";
import { withDeadline } from "@fc/core";
import { type CaseResult as CoreCaseResult, runIfAble } from "@fc/core/conformance";
import type { Ability } from "./abilities.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import type { ConformanceTarget } from "./target.ts";
import { Workbench } from "./workbench.ts";

/** How a case ended. */
export type CaseResult = CoreCaseResult<ConformanceCase>;

/** A case whose time is up may still be bringing back what it took away. */
const settleMs = 60_000;

/** Runs one case in a namespace of its own. Never rejects for what the case does. */
export function runCase(
  target: ConformanceTarget,
  entry: ConformanceCase,
  options: { readonly signal?: AbortSignal } = {},
): Promise<CaseResult> {
  return runIfAble<Ability, ConformanceCase>(target, entry, () => runInBench(target, entry, options.signal));
}

async function runInBench(
  target: ConformanceTarget,
  entry: ConformanceCase,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { timeoutMs, group, name } = entry;
  let running: Promise<unknown> = Promise.resolve();
  let opened: Workbench | undefined;
  try {
    await withDeadline({ timeoutMs, what: `${group}: ${name}`, signal }, async (deadline) => {
      opened = await Workbench.open(target, deadline);
      running = entry.run(opened);
      await running;
    });
    await opened?.finish();
  } finally {
    await Promise.race([running.catch(() => undefined), delay(settleMs, undefined, { ref: false })]);
    await opened?.[Symbol.asyncDispose]();
  }
}
