import { withDeadline } from "@fc/core";
import type { ConformanceCase } from "./conformance-case.ts";
import type { ConformanceTarget } from "./target.ts";
import { Workbench } from "./workbench.ts";

/** How a case ended. */
export type CaseResult = { readonly case: ConformanceCase; readonly durationMs: number } & (
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed"; readonly error: unknown }
  | { readonly outcome: "skipped"; readonly reason: string }
);

/** Runs one case on a backend of its own. Never rejects for what the case does. */
export async function runCase(
  target: ConformanceTarget,
  entry: ConformanceCase,
  options: { readonly signal?: AbortSignal } = {},
): Promise<CaseResult> {
  const started = performance.now();
  const ended = (): { case: ConformanceCase; durationMs: number } => ({
    case: entry,
    durationMs: performance.now() - started,
  });
  const missing = entry.needs.find((ability) => target.abilities?.[ability] === undefined);
  if (missing !== undefined) {
    const reason = target.absent?.[missing] ?? "whoever runs the cases did not supply it";
    return { ...ended(), outcome: "skipped", reason: `${missing}: ${reason}` };
  }
  try {
    await runOnBench(target, entry, options.signal);
    return { ...ended(), outcome: "passed" };
  } catch (error) {
    return { ...ended(), outcome: "failed", error };
  }
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
