import { type LogFields, ManualClock, silentLogger } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { waitForPod } from "./wait-for-pod.ts";

const pulling: V1Pod = {
  metadata: { name: "slow", uid: "1" },
  status: {
    phase: "Pending",
    containerStatuses: [
      {
        name: "main",
        image: "big:1",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: "ContainerCreating" } },
      },
    ],
  },
};

test("a Pod whose image is pulled for long is told of every ten seconds, and no more once it runs", async () => {
  const clock = new ManualClock(0);
  const told: LogFields[] = [];
  let pod = pulling;
  const context = {
    reflector: { subscribe: () => () => undefined, lastError: undefined } as never,
    getPod: () => Promise.resolve(pod),
    evidence: () => Promise.resolve({ events: ["Scheduled: to a node", "Pulling: Pulling image big:1"] }),
    clock,
    logger: { ...silentLogger, info: (fields: LogFields) => void told.push(fields) },
    graceMs: { config: 0, schedule: 0 },
  };
  const isReady = ({ status }: V1Pod): boolean => status?.phase === "Running" && status.conditions !== undefined;
  const waiting = waitForPod(context, "slow", isReady, { timeoutMs: 120_000, what: "to be ready" });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
  };
  await pass(25);
  const state = "phase Pending, main ContainerCreating";
  const event = "Pulling: Pulling image big:1";
  expect(told).toEqual([
    { pod: "slow", waitedMs: 10_000, state, event },
    { pod: "slow", waitedMs: 20_000, state, event },
  ]);
  pod = { ...pulling, status: { phase: "Running" } };
  await pass(20);
  expect(told).toHaveLength(2);
  pod = { ...pulling, status: { phase: "Running", conditions: [] } };
  await pass(5);
  await waiting;
});
