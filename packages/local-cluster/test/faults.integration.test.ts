import { afterAll, beforeAll, expect, test } from "vitest";
import type { Pod } from "../src/node/pod-types.ts";
import { type ClusterFixture, podOf, podsPath, startCluster } from "./cluster-fixture.ts";

let fixture: ClusterFixture;
beforeAll(async () => {
  fixture = await startCluster();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const sleeper = { command: ["sleep", "1000"] };

/** Follows one Pod until it is as wanted. */
async function until(name: string, holds: (pod: Pod) => boolean): Promise<Pod> {
  for await (const { object } of fixture.watch(`${podsPath}?watch=true&fieldSelector=metadata.name=${name}`)) {
    const pod = object as unknown as Pod;
    if (holds(pod)) return pod;
  }
  throw new Error(`the watch of ${name} ended`);
}

const isRunning = (pod: Pod): boolean => pod.status?.phase === "Running";

test("an outage refuses connections and breaks watches; afterwards the same client finds everything as it was", async () => {
  await fixture.call("POST", podsPath, podOf("survivor", sleeper));
  const { status } = await until("survivor", isRunning);
  const watch = fixture.watch(`${podsPath}?watch=true`);
  await watch.next();
  {
    await using _outage = await fixture.cluster.faults.apiOutage();
    await expect(fixture.call("GET", podsPath)).rejects.toThrow("ECONNREFUSED");
    await expect(
      (async () => {
        for (;;) if ((await watch.next()).done === true) return;
      })(),
    ).rejects.toThrow("aborted");
  }
  const after = (await fixture.call("GET", `${podsPath}/survivor`)).body as unknown as Pod;
  expect(after.status).toEqual(status);
});

test("slow writes take effect late, reads do not wait", async () => {
  const slow = fixture.cluster.faults.slowWrites(100);
  const begun = performance.now();
  const created = fixture.call("POST", podsPath, podOf("late", sleeper));
  expect((await fixture.call("GET", `${podsPath}/late`)).code).toBe(404);
  expect((await created).code).toBe(201);
  // A timer may fire a millisecond early.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(99);
  slow[Symbol.dispose]();
});

test("an evicted Pod stays as Failed with the kubelet's reason", async () => {
  await fixture.call("POST", podsPath, podOf("evicted", sleeper));
  await until("evicted", isRunning);
  fixture.cluster.faults.evictPod({ name: "evicted" });
  const { status } = await until(
    "evicted",
    (pod) => pod.status?.containerStatuses?.[0]?.state.terminated !== undefined,
  );
  expect(status).toMatchObject({
    phase: "Failed",
    reason: "Evicted",
    message: expect.stringContaining("low on resource"),
  });
  expect(() => fixture.cluster.faults.evictPod({ name: "nobody" })).toThrow("nobody");
});

test("a dropped watch breaks and can be resumed", async () => {
  const watch = fixture.watch(`${podsPath}?watch=true&fieldSelector=metadata.name=evicted`);
  await watch.next();
  expect(fixture.cluster.faults.dropWatches()).toBe(1);
  await expect(watch.next()).rejects.toThrow("aborted");
  expect(fixture.cluster.faults.dropWatches()).toBe(0);
});

test("a truncated exec ends in the middle, without a status", async () => {
  await fixture.call("POST", podsPath, podOf("talker", sleeper));
  await until("talker", isRunning);
  const argv = ["head", "-c", "100000", "/dev/zero"];
  {
    using _fault = fixture.cluster.faults.truncateExec(5_000);
    const { stdout, status } = await fixture.exec("talker", argv);
    expect(status).toBeUndefined();
    expect(stdout.length).toBeLessThan(5_000);
  }
  const whole = await fixture.exec("talker", argv);
  expect(whole.stdout.length).toBe(100_000);
  expect(JSON.parse(whole.status ?? "{}")).toEqual({ metadata: {}, status: "Success" });
});

test("a slow start leaves a Pod in ContainerCreating for so long", async () => {
  {
    using _fault = fixture.cluster.faults.slowStart(60_000);
    await fixture.call("POST", podsPath, podOf("slow", sleeper));
    await until("slow", (pod) => pod.spec.nodeName !== undefined);
  }
  await fixture.call("POST", podsPath, podOf("fast", sleeper));
  await until("fast", isRunning);
  const slow = (await fixture.call("GET", `${podsPath}/slow`)).body as unknown as Pod;
  expect(slow.status?.phase).toBe("Pending");
});
