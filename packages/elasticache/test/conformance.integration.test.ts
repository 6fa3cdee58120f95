import { changed } from "@fc/core/conformance";
import { describe, expect, test } from "vitest";
import { type ConformanceCase, checkBackend, conformanceCases, runCase } from "../src/conformance/index.ts";
import { memoryTarget } from "./conformance/memory-target.ts";
import { mistakes } from "./conformance/mistakes.ts";

/** In memory every case that passes is much quicker than this; one that waits for what never comes is cut short. */
const timeoutMs = 2_000;

const nameOf = ({ group, name }: ConformanceCase): string => `${group}: ${name}`;

function casesOf(beginnings: readonly string[]): readonly ConformanceCase[] {
  return beginnings.map((beginning) => {
    const found = conformanceCases.filter((entry) => nameOf(entry).startsWith(beginning));
    expect(found, `cases that begin with "${beginning}"`).toHaveLength(1);
    return found[0] as ConformanceCase;
  });
}

describe("the backend in memory", () => {
  test.each(conformanceCases.map((entry) => [nameOf(entry), entry] as const))("%s", async (_, entry) => {
    const result = await runCase(memoryTarget(), entry);
    if (result.outcome === "failed") throw result.error;
    expect(result.outcome).toBe("passed");
  });
});

test("names are unique, and every case is found to fail by some mistake", () => {
  const names = conformanceCases.map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  const found = new Set(mistakes.flatMap(([, , beginnings]) => casesOf(beginnings)).map(nameOf));
  expect(names.filter((name) => !found.has(name))).toEqual([]);
});

describe.concurrent("a backend that", () => {
  test.each(mistakes)("%s is found out", async (_, breakIt, beginnings) => {
    for (const entry of casesOf(beginnings)) {
      const target = memoryTarget((backend) => changed(backend, breakIt(backend)));
      const result = await runCase(target, { ...entry, timeoutMs });
      expect(result.outcome, nameOf(entry)).toBe("failed");
      // Not a slip of the mistake itself.
      if (result.outcome === "failed")
        expect((result.error as Error).name, String(result.error)).not.toMatch(/^(Type|Reference|Syntax)Error$/);
    }
  });
});

test("a case that needs more than the backend has is skipped with the reason", async () => {
  const { open } = memoryTarget();
  const cases = conformanceCases.filter(({ group }) => group === "access");
  const [result] = await checkBackend({ open, absent: { access: "it has no users" } }, { cases });
  expect(result).toMatchObject({ outcome: "skipped", reason: "access: it has no users" });
});
