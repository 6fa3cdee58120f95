import { Semaphore } from "@fc/core";
import type { ConformanceCase } from "./conformance-case.ts";
import { conformanceCases } from "./conformance-cases.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import type { ConformanceTarget } from "./target.ts";

export interface CheckOptions {
  /** Default: all of them. */
  readonly cases?: readonly ConformanceCase[];
  /** How many run at once. Default 4. Those that disturb others run alone, at the end. */
  readonly concurrency?: number;
  /** Hears of every case as it ends. */
  readonly onResult?: (result: CaseResult) => void;
  readonly signal?: AbortSignal;
}

/** Runs the cases on a cluster; resolves with how each of them ended, in the order of the list. */
export async function checkCluster(target: ConformanceTarget, options: CheckOptions = {}): Promise<CaseResult[]> {
  const { cases = conformanceCases, concurrency = 4, onResult, signal } = options;
  const results = new Map<ConformanceCase, CaseResult>();
  const runOne = async (entry: ConformanceCase): Promise<void> => {
    const result = await runCase(target, entry, signal === undefined ? {} : { signal });
    results.set(entry, result);
    onResult?.(result);
  };
  const places = new Semaphore(concurrency);
  await Promise.all(cases.filter(({ disturbs }) => !disturbs).map((entry) => places.run(() => runOne(entry))));
  for (const entry of cases.filter(({ disturbs }) => disturbs)) await runOne(entry);
  return cases.flatMap((entry) => results.get(entry) ?? []);
}
