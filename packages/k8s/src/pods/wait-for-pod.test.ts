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

/** A wait for a Pod with these events, in a time of its own. */
function waitOn(events: () => readonly string[], pod: () => V1Pod, onPull?: () => void) {
  const clock = new ManualClock(0);
  const context = {
    reflector: { subscribe: () => () => undefined, lastError: undefined } as never,
    getPod: () => Promise.resolve(pod()),
    evidence: () => Promise.resolve({ events: events() }),
    clock,
    logger: silentLogger,
    graceMs: { config: 0, schedule: 0 },
  };
  const result = { error: undefined as unknown };
  const options = { timeoutMs: 30_000, what: "to run", onPull };
  waitForPod(context, "slow", () => false, options).catch((error: unknown) => {
    result.error = error;
  });
  const pass = async (seconds: number): Promise<unknown> => {
    for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
    return result.error;
  };
  return { pass, clock };
}

const pull = 'Pulling: Pulling image "big:1"';
const timeout = { reason: "Timeout", message: expect.stringContaining("not within 30000 ms") };

test("an image that is pulled takes the time that it takes: only then the time begins", async () => {
  let events = [pull];
  let pulls = 0;
  const { pass, clock } = waitOn(
    () => events,
    () => pulling,
    () => {
      pulls += 1;
    },
  );
  expect(await pass(600)).toBeUndefined();
  expect(pulls).toBe(60);
  events = [pull, 'Pulled: Successfully pulled image "big:1" in 10m'];
  expect(await pass(29)).toBeUndefined();
  expect(await pass(1)).toMatchObject(timeout);
  expect([pulls, clock.pending]).toEqual([60, 0]);
});

test("a pull that fails is told at once, however long it went on", async () => {
  let pod = pulling;
  const { pass } = waitOn(
    () => [pull],
    () => pod,
    () => undefined,
  );
  expect(await pass(60)).toBeUndefined();
  const [status] = pulling.status?.containerStatuses ?? [];
  if (status === undefined) throw new Error("no container");
  const waiting = { reason: "ErrImagePull", message: "unexpected EOF" };
  pod = { ...pulling, status: { phase: "Pending", containerStatuses: [{ ...status, state: { waiting } }] } };
  expect(await pass(5)).toMatchObject({ reason: "ErrImagePull" });
});

test.each([
  ["without onPull a pull", [pull], undefined],
  ["a Pod without a pull", ["Scheduled: to a node"], () => undefined],
])("%s has its time and no more", async (_what, events, onPull) => {
  const { pass } = waitOn(
    () => events,
    () => pulling,
    onPull,
  );
  expect(await pass(29)).toBeUndefined();
  expect(await pass(1)).toMatchObject(timeout);
});

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
