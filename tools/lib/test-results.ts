import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.ts";

const directory = join(root, ".cache", "test-results");

/** Where a vitest project leaves its report. */
export function resultFile(project: string): string {
  return join(directory, `${project}.json`);
}

export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The totals of all reports that the test commands left. */
export function testTotals(): TestTotals {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const name of readdirSync(directory)) {
    const report = JSON.parse(readFileSync(join(directory, name), "utf8")) as Record<string, unknown>;
    totals.passed += Number(report["numPassedTests"]);
    // A file that could not even be loaded has no tests to count, but it has failed.
    totals.failed +=
      Number(report["numFailedTests"]) +
      (Number(report["numFailedTests"]) === 0 && report["success"] === false ? 1 : 0);
    totals.skipped += Number(report["numPendingTests"]);
  }
  return totals;
}
