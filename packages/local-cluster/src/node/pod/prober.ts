import type { Clock } from "@fc/core";
import type { Container, Probe } from "../pod-types.ts";
import type { ProbeResult } from "./probe-actions.ts";
import { initialProbeState, nextProbeState, type ProbeKind, type ProbeState, probeTiming } from "./probe-state.ts";

export interface ProberOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly run: (probe: Probe, timeoutMs: number) => Promise<ProbeResult>;
  /** After every verdict that differs from the one before. */
  readonly onVerdict: (kind: ProbeKind, verdict: "success" | "failure") => void;
  /** After every failed probe. */
  readonly onFailure: (kind: ProbeKind, output: string) => void;
}

const firstRetryMs = 20;

/**
 * Runs the probes of one run of a container until the signal aborts: the startup probe first, until it has succeeded, then
 * liveness and readiness. Without a startup probe the container counts as started at once.
 */
export async function runProbes(container: Container, options: ProberOptions): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  try {
    if (startupProbe !== undefined && !(await loop("startup", startupProbe, options))) return;
    options.onVerdict("startup", "success");
    if (readinessProbe === undefined) options.onVerdict("readiness", "success");
    await Promise.all([
      readinessProbe === undefined ? undefined : loop("readiness", readinessProbe, options),
      livenessProbe === undefined ? undefined : loop("liveness", livenessProbe, options),
    ]);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

/** Startup: resolves with its verdict. The others: runs until the signal aborts, or liveness fails. */
async function loop(kind: ProbeKind, probe: Probe, options: ProberOptions): Promise<boolean> {
  const { clock, signal } = options;
  const { initialDelayMs, periodMs, timeoutMs } = probeTiming(probe);
  let state: ProbeState = initialProbeState;
  let extraMs = firstRetryMs;
  if (initialDelayMs > 0) await clock.sleep(initialDelayMs, signal);
  for (let periodStart = clock.now(); ; ) {
    const result = await options.run(probe, timeoutMs);
    signal.throwIfAborted();
    if (!result.succeeded && isWarmUp(kind, probe, state) && clock.now() + extraMs < periodStart + periodMs) {
      // Between the kubelet's own ticks, and not counted: a server that listens after 50 ms is not made to wait a second.
      await clock.sleep(extraMs, signal);
      extraMs *= 2;
      continue;
    }
    const before = state.verdict;
    state = nextProbeState(state, probe, result.succeeded);
    if (!result.succeeded) options.onFailure(kind, result.output);
    if (state.verdict !== undefined && state.verdict !== before) {
      if (kind !== "startup" || state.verdict === "failure") options.onVerdict(kind, state.verdict);
      if (kind === "startup") return state.verdict === "success";
      if (kind === "liveness" && state.verdict === "failure") return false;
    }
    await clock.sleep(Math.max(0, periodStart + periodMs - clock.now()), signal);
    periodStart = clock.now();
    extraMs = periodMs;
  }
}

function isWarmUp(kind: ProbeKind, probe: Probe, state: ProbeState): boolean {
  return kind !== "liveness" && probe.exec === undefined && state.verdict === undefined && state.failures === 0;
}
