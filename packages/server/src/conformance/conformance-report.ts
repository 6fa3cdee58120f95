import { errorText } from "@fc/core";
import type { CaseResult } from "@fc/core/conformance";

/** How one case of a kit ended. */
export interface ReportedCase {
  /** `launch: an environment is gone…`; stable as long as the case is. */
  readonly case: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  /** Why it was skipped, or how it failed. */
  readonly detail?: string;
}

/** How a module stands to a kit. */
export interface ConformanceReport {
  readonly kit: "lambda" | "cache" | "storage";
  readonly module: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cases: readonly ReportedCase[];
}

/** A result of any kit, in the form of the report. */
export function reportedCase<Case>(name: string, result: CaseResult<Case>): ReportedCase {
  const { outcome, durationMs } = result;
  const base = { case: name, outcome, durationMs: Math.round(durationMs) };
  if (result.outcome === "skipped") return { ...base, detail: result.reason };
  return result.outcome === "failed" ? { ...base, detail: errorText(result.error) } : base;
}

export function conformanceReport(
  kit: ConformanceReport["kit"],
  module: string,
  cases: readonly ReportedCase[],
): ConformanceReport {
  const count = (outcome: ReportedCase["outcome"]): number => cases.filter((entry) => entry.outcome === outcome).length;
  return { kit, module, passed: count("passed"), failed: count("failed"), skipped: count("skipped"), cases };
}

/** One case, for people: a line, and what there is to say below it. */
export function caseText({ case: name, outcome, durationMs, detail }: ReportedCase): string {
  const line = `${outcome.padEnd(7)} ${name} (${durationMs} ms)`;
  return detail === undefined ? line : `${line}\n${detail.replaceAll(/^/gm, "          ")}`;
}

/** The end of a report, for people. */
export function totalsText({ kit, module, passed, failed, skipped }: ConformanceReport): string {
  return `${module}, ${kit}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}
