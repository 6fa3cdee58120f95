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
async function until(name: string, holds: (pod: Pod) => boolean, where = fixture): Promise<Pod> {
  for await (const { object } of where.watch(`${podsPath}?watch=true&fieldSelector=metadata.name=${name}`)) {
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
    await until("slow", (pod) => pod.status?.containerStatuses?.[0]?.state.waiting?.reason === "ContainerCreating");
  }
  await fixture.call("POST", podsPath, podOf("fast", sleeper));
  await until("fast", isRunning);
  const slow = (await fixture.call("GET", `${podsPath}/slow`)).body as unknown as Pod;
  expect(slow.status?.phase).toBe("Pending");
});

test("a slow pull is told of in the kubelet's words, before and after", async () => {
  {
    using _fault = fixture.cluster.faults.slowPull(500);
    await fixture.call("POST", podsPath, podOf("pulled", sleeper));
    await until("pulled", isRunning);
  }
  const events = `${podsPath.replace("pods", "events")}?fieldSelector=involvedObject.name=pulled`;
  await expect
    .poll(async () => (await fixture.call("GET", events)).body, { timeout: 20_000 })
    .toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ reason: "Pulling", message: 'Pulling image "busybox"' }),
        expect.objectContaining({
          reason: "Pulled",
          message: 'Successfully pulled image "busybox" in 0.5s (0.5s including waiting)',
        }),
      ]),
    });
});

test("a drained node loses its Pods to the other one and takes new ones afterwards", async () => {
  await using two = await startCluster({ nodes: 2 });
  const placed = async (name: string): Promise<Pod> => {
    await two.call(
      "POST",
      podsPath,
      podOf(name, { command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"] }),
    );
    return await until(name, isRunning, two);
  };
  const nodeOf = async (name: string): Promise<string | undefined> => (await placed(name)).spec.nodeName;
  expect([await nodeOf("a"), await nodeOf("b")]).toEqual(["fc-local", "fc-local-2"]);
  {
    await using _drained = await two.cluster.faults.drainNode();
    expect((await two.call("GET", `${podsPath}/a`)).code).toBe(404);
    expect(await nodeOf("c")).toBe("fc-local-2");
  }
  expect(await nodeOf("d")).toBe("fc-local");
});

test("a lost node keeps its Pods as they were last seen, not ready; it comes back with what became of them", async () => {
  await using fresh = await startCluster();
  await fresh.call("POST", podsPath, podOf("once", sleeper, { restartPolicy: "Never" }));
  await fresh.call("POST", podsPath, podOf("always", sleeper));
  for (const name of ["once", "always"]) await until(name, isRunning, fresh);
  const readyOf = ({ status }: Pod): string | undefined =>
    status?.conditions?.find(({ type }) => type === "Ready")?.status;
  {
    using _lost = fresh.cluster.faults.loseNode();
    const seen = await until("always", (pod) => readyOf(pod) === "False", fresh);
    expect(seen.status).toMatchObject({ phase: "Running", containerStatuses: [{ state: { running: {} } }] });
    const { body } = await fresh.call("GET", "/api/v1/nodes/fc-local");
    expect(body).toMatchObject({ spec: { taints: [{ effect: "NoSchedule" }, { effect: "NoExecute" }] } });
    await expect(fresh.exec("always", ["true"])).resolves.toMatchObject({
      status: expect.stringContaining("no route to host"),
    });
    await fresh.call("POST", podsPath, podOf("late", sleeper));
    const late = await until("late", ({ status }) => status?.conditions !== undefined, fresh);
    expect(late.status?.conditions?.[0]?.message).toContain("1 node(s) had untolerated taint(s)");
  }
  const ended = await until("once", ({ status }) => status?.phase === "Failed", fresh);
  expect(ended.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 255, reason: "Unknown" });
  const restarted = await until("always", (pod) => readyOf(pod) === "True", fresh);
  expect(restarted.status?.containerStatuses?.[0]?.restartCount).toBe(1);
  await until("late", isRunning, fresh);
});
