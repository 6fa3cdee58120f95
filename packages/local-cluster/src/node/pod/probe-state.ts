import type { Probe } from "../pod-types.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";

/** What a probe's results add up to. `undefined` verdict: no threshold reached since the container started. */
export interface ProbeState {
  readonly successes: number;
  readonly failures: number;
  readonly verdict: "success" | "failure" | undefined;
}

export const initialProbeState: ProbeState = { successes: 0, failures: 0, verdict: undefined };

/** Counts one result. A verdict changes only when its threshold of results in a row is reached. */
export function nextProbeState(state: ProbeState, probe: Probe, succeeded: boolean): ProbeState {
  const successes = succeeded ? state.successes + 1 : 0;
  const failures = succeeded ? 0 : state.failures + 1;
  if (successes >= (probe.successThreshold ?? 1)) return { successes, failures, verdict: "success" };
  if (failures >= (probe.failureThreshold ?? 3)) return { successes, failures, verdict: "failure" };
  return { successes, failures, verdict: state.verdict };
}

export interface ProbeTiming {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
}

/** The probe's times in milliseconds, with Kubernetes' defaults (0 s, 10 s, 1 s). */
export function probeTiming(probe: Probe): ProbeTiming {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: Math.max(1, probe.periodSeconds ?? 10) * 1_000,
    timeoutMs: Math.max(1, probe.timeoutSeconds ?? 1) * 1_000,
  };
}
