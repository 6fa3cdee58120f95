import { setTimeout as delay } from "node:timers/promises";
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

/** A case whose time is up may still be bringing back what it took away. */
const settleMs = 60_000;

/** Runs one case in a namespace of its own. Never rejects for what the case does. */
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
    await runInBench(target, entry, options.signal);
    return { ...ended(), outcome: "passed" };
  } catch (error) {
    return { ...ended(), outcome: "failed", error };
  }
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
