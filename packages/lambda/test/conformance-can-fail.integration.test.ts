import { describe, expect, test } from "vitest";
import { type ConformanceCase, conformanceCases, runCase } from "../src/conformance/index.ts";
import { memoryTarget } from "./conformance/memory-target.ts";
import type { Mistake } from "./conformance/mistake.ts";
import { contextMistakes } from "./conformance/mistakes/context-mistakes.ts";
import { endMistakes } from "./conformance/mistakes/end-mistakes.ts";
import { fileMistakes } from "./conformance/mistakes/file-mistakes.ts";
import { invokeMistakes } from "./conformance/mistakes/invoke-mistakes.ts";
import { launchMistakes } from "./conformance/mistakes/launch-mistakes.ts";
import { logMistakes } from "./conformance/mistakes/log-mistakes.ts";
import { ownerMistakes } from "./conformance/mistakes/owner-mistakes.ts";
import { resetMistakes } from "./conformance/mistakes/reset-mistakes.ts";
import { telemetryMistakes } from "./conformance/mistakes/telemetry-mistakes.ts";
import { wrapperMistakes } from "./conformance/mistakes/wrapper-mistakes.ts";

const mistakes = [
  ...launchMistakes,
  ...invokeMistakes,
  ...endMistakes,
  ...resetMistakes,
  ...wrapperMistakes,
  ...telemetryMistakes,
  ...logMistakes,
  ...contextMistakes,
  ...fileMistakes,
  ...ownerMistakes,
];

/** In memory every case that passes is much quicker than this; one that waits for what never comes is cut short. */
const timeoutMs = 8_000;

function nameOf({ group, name }: ConformanceCase): string {
  return `${group}: ${name}`;
}

function casesOf(beginnings: readonly string[]): readonly ConformanceCase[] {
  return beginnings.map((beginning) => {
    const found = conformanceCases.filter((entry) => nameOf(entry).startsWith(beginning));
    expect(found, `cases that begin with "${beginning}"`).toHaveLength(1);
    return found[0] as ConformanceCase;
  });
}

test("every case is found to fail by some mistake", () => {
  const found = new Set(mistakes.flatMap(([, , beginnings]) => casesOf(beginnings)).map(nameOf));
  expect(conformanceCases.map(nameOf).filter((name) => !found.has(name))).toEqual([]);
});

describe.concurrent("a backend that", () => {
  test.each(mistakes)("%s is found out", { timeout: 60_000 }, async (_, mistake, beginnings) => {
    await Promise.all(casesOf(beginnings).map((entry) => isFoundBy(entry, mistake)));
  });
});

async function isFoundBy(entry: ConformanceCase, mistake: Mistake): Promise<void> {
  const result = await runCase(memoryTarget(mistake), { ...entry, timeoutMs });
  expect(result.outcome, nameOf(entry)).toBe("failed");
  // Not a slip of the mistake itself.
  if (result.outcome === "failed")
    expect((result.error as Error).name, String(result.error)).not.toMatch(/^(Type|Reference|Syntax)Error$/);
}
