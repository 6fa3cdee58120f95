import { expect, test } from "vitest";
import { initialProbeState, nextProbeState, probeTiming } from "./probe-state.ts";

function verdicts(results: string, probe: Parameters<typeof nextProbeState>[1]): (string | undefined)[] {
  let state = initialProbeState;
  return [...results].map((result) => {
    state = nextProbeState(state, probe, result === "+");
    return state.verdict;
  });
}

test("a verdict changes only after its threshold of results in a row", () => {
  const probe = { successThreshold: 2, failureThreshold: 3 };
  expect(verdicts("+-++--+---", probe)).toEqual([
    ...[undefined, undefined, undefined, "success", "success", "success", "success", "success", "success", "failure"],
  ]);
});

test("Kubernetes' defaults are one success, three failures, every 10 s, 1 s each", () => {
  expect(verdicts("--+---", {})).toEqual([undefined, undefined, "success", "success", "success", "failure"]);
  expect(probeTiming({})).toEqual({ initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000 });
});
