import { describe, expect, test } from "vitest";
import type { ContainerState, ContainerStatus, Pod } from "../pod-types.ts";
import { podStatus } from "./pod-status.ts";

const at = { startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:01Z" };
const running: ContainerState = { running: { startedAt: at.startedAt } };
const waiting: ContainerState = { waiting: { reason: "ContainerCreating" } };
const ended = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", ...at },
});

function container(name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  const isRunning = state.running !== undefined;
  return {
    name,
    image: "i",
    imageID: "",
    ready: isRunning,
    started: isRunning,
    restartCount: 0,
    state,
    lastState: {},
    ...more,
  };
}

function phase(policy: string, states: readonly ContainerState[], init: readonly ContainerState[] = []): string {
  const pod = {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } },
    spec: {
      restartPolicy: policy,
      containers: [],
      initContainers: init.map((_, i) => ({ name: `i${i}`, image: "i" })),
    },
  } as Pod;
  const containers = states.map((state, index) => {
    const last = state.waiting?.reason === "CrashLoopBackOff" ? ended(1) : {};
    return container(`c${index}`, state, { lastState: last });
  });
  const initContainers = init.map((state, index) => container(`i${index}`, state));
  return podStatus({
    pod,
    containers,
    initContainers,
    hostIp: "h",
    podIp: "p",
    startTime: at.startedAt,
    now: at.startedAt,
  }).phase;
}

describe("the phase of a Pod", () => {
  const loop: ContainerState = { waiting: { reason: "CrashLoopBackOff" } };
  test.each([
    ["Always", [waiting], "Pending"],
    ["Always", [running, waiting], "Pending"],
    ["Always", [running], "Running"],
    ["Always", [loop], "Running"],
    ["Never", [ended(0), running], "Running"],
    ["Never", [ended(0), ended(0)], "Succeeded"],
    ["Never", [ended(0), ended(1)], "Failed"],
    ["OnFailure", [ended(0)], "Succeeded"],
    ["OnFailure", [loop], "Running"],
  ] as const)("with policy %s and containers %j is %s", (policy, states, expected) => {
    expect(phase(policy, states)).toBe(expected);
  });

  test("is Pending while init containers run, and Failed when one fails for good", () => {
    expect(phase("Never", [waiting], [ended(0), running])).toBe("Pending");
    expect(phase("Always", [waiting], [ended(1)])).toBe("Pending");
    expect(phase("Never", [waiting], [ended(1)])).toBe("Failed");
  });
});
