import { test } from "vitest";
import { conformanceCases, runCase } from "../src/conformance/index.ts";
import { memoryTarget } from "./conformance/memory-target.ts";

const target = memoryTarget();

for (const entry of conformanceCases) {
  test(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 10_000 }, async ({ skip }) => {
    const result = await runCase(target, entry);
    if (result.outcome === "skipped") skip(result.reason);
    if (result.outcome === "failed") throw result.error;
  });
}
