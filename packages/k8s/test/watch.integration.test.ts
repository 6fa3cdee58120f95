import { afterEach, beforeEach, expect, test } from "vitest";
import { type K8sClient, podIsReady } from "../src/index.ts";
import { dropConnection, FakeApiServer, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { changesOf, connectTo, eventually, paths, podJson, readyStatus } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let client: K8sClient;
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  client = await connectTo(server, { clock, environment: { FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "40" } });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const watches = (): number => server.requests.filter(({ query }) => query.get("watch") === "true").length;
const lists = (): number =>
  server.requests.filter(({ method, path, query }) => method === "GET" && path === paths.pods && !query.has("watch"))
    .length;

test("all listeners share one list and one watch, and late ones hear of the Pods that are there", async () => {
  server.objects.put(paths.pods, podJson("a"));
  const first = changesOf(client);
  await first.until("added a Pending");
  const second = changesOf(client);
  await second.until("added a Pending");
  server.objects.put(paths.pods, podJson("a", { phase: "Running" }));
  await Promise.all([first.until("modified a Running"), second.until("modified a Running")]);
  server.objects.remove(paths.pods, "a");
  await first.until("deleted a Running");
  expect([lists(), watches()]).toEqual([1, 1]);
});

test("Pods that are not managed are not seen", async () => {
  const { seen, until } = changesOf(client);
  server.objects.put(paths.pods, { metadata: { name: "foreign" }, status: { phase: "Pending" } });
  server.objects.put(paths.pods, podJson("own"));
  await until("added own Pending");
  expect(seen).toEqual(["added own Pending"]);
});

test("a cut connection loses nothing, and the watch goes on without a new list", async () => {
  const { seen, until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
  server.dropAll();
  server.objects.put(paths.pods, podJson("b"));
  await until("added b Pending");
  expect(seen).toEqual(["added a Pending", "added b Pending"]);
  expect(lists()).toBe(1);
});

test("after 410 the list is read again, and what was missed is told by uid", async () => {
  const { until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  server.objects.put(paths.pods, podJson("b"));
  await until("added b Pending");
  server.nextWatch(paths.pods, (_request, response) => {
    server.objects.remove(paths.pods, "a");
    server.objects.put(paths.pods, podJson("a", { phase: "Running" }));
    response.end(`${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } })}\n`);
  });
  server.dropAll();
  await until("added a Running");
  await until("deleted a Pending");
  expect(lists()).toBe(2);
});

test("410 as HTTP status leads to a new list too", async () => {
  server.nextWatch(paths.pods, statusAnswer(410, "Expired", "too old resource version"));
  const { until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
  await eventually(() => lists() === 2);
});

test("failures of list and watch are tried again with growing delays", async () => {
  server.next("GET", paths.pods, dropConnection);
  for (let i = 0; i < 5; i += 1) server.next("GET", paths.pods, statusAnswer(500, "InternalError", "x"));
  server.nextWatch(paths.pods, dropConnection);
  server.nextWatch(paths.pods, statusAnswer(429, "TooManyRequests", "x", 7));
  const { until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
  await eventually(() => watches() >= 3);
  expect(clock.sleeps).toContain(7_000);
});

test("half a line at the end of a watch is dropped and the event comes again", async () => {
  const { seen, until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
  server.nextWatch(paths.pods, (_request, response) => {
    server.objects.put(paths.pods, podJson("b"));
    response.write('{"type":"ADDED","object":{"metadata":{"na');
    setImmediate(() => response.destroy());
  });
  server.dropAll();
  await until("added b Pending");
  expect(seen).toEqual(["added a Pending", "added b Pending"]);
});

test("a watch that stands still beyond its time is given up", async () => {
  server.nextWatch(paths.pods, (_request, response) => {
    response.writeHead(200).flushHeaders();
  });
  const { until } = changesOf(client);
  await eventually(() => watches() === 1);
  server.objects.put(paths.pods, podJson("a"));
  await eventually(() => clock.fire(270_000, 330_000) === 1);
  await until("added a Pending");
});

test("a watch that a server ends at once is begun again with growing delays, even when something came", async () => {
  server.objects.put(paths.pods, podJson("a"));
  for (let i = 0; i < 8; i += 1)
    server.nextWatch(paths.pods, (_request, response) => {
      const object = { kind: "Pod", metadata: { resourceVersion: "101" } };
      response.end(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
    });
  changesOf(client);
  await eventually(() => watches() === 9);
  expect(clock.sleeps).toHaveLength(8);
  // Full jitter: each may be short, but not all of them.
  expect(Math.max(...clock.sleeps)).toBeGreaterThan(200);
});

test("an event that is not understood leads to a new list", async () => {
  const { until } = changesOf(client);
  await eventually(() => watches() === 1);
  for (const line of ['{"type":"ADDED"}', "null", "no JSON"]) {
    const before = lists();
    server.nextWatch(paths.pods, (_request, response) => response.end(`${line}\n`));
    server.dropAll();
    await eventually(() => lists() === before + 1);
  }
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
});

test("another error in the stream goes on from where the watch was", async () => {
  const { until } = changesOf(client);
  server.nextWatch(paths.pods, (_request, response) => {
    response.end(
      `${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: 500, reason: "InternalError" } })}\n`,
    );
  });
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
  expect(lists()).toBe(1);
});

test("a line of 5 MiB is an event like any other", async () => {
  const { until } = changesOf(client);
  await eventually(() => watches() === 1);
  const pod = podJson("big");
  const annotations = { note: "x".repeat(5 * 1024 * 1024) };
  server.objects.put(paths.pods, { ...pod, metadata: { ...pod.metadata, annotations } });
  await until("added big Pending");
});

test("a list whose continue tokens are always too old is given up and tried again later", async () => {
  for (let i = 0; i < 4; i += 1) {
    server.next("GET", paths.pods, (_request, response) => {
      response.end(JSON.stringify({ metadata: { continue: "1" }, items: [] }));
    });
    server.next("GET", paths.pods, statusAnswer(410, "Expired", "the continue token is too old"));
  }
  const { until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
  expect(lists()).toBe(9);
});

test("bookmarks move the version on", async () => {
  server.nextWatch(paths.pods, (_request, response) => {
    const object = { kind: "Pod", metadata: { resourceVersion: "100" } };
    response.end(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
  });
  changesOf(client);
  await eventually(() => watches() === 2);
  expect(
    server.requests
      .filter(({ query }) => query.has("watch"))
      .at(-1)
      ?.query.get("resourceVersion"),
  ).toBe("100");
});

test("a listener that throws harms nobody", async () => {
  client.onPodChange(() => {
    throw new Error("listener");
  });
  const { until } = changesOf(client);
  server.objects.put(paths.pods, podJson("a"));
  await until("added a Pending");
});

test("a Pod is waited for by the watch alone", async () => {
  server.objects.put(paths.pods, podJson("a"));
  const waiting = client.waitForPod("a", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  await eventually(() => watches() === 1);
  server.objects.put(paths.pods, podJson("a", readyStatus));
  expect((await waiting).status?.podIP).toBe("127.0.0.1");
  expect(server.requests.some(({ path }) => path === `${paths.pods}/a`)).toBe(false);
});

test("a reason that will not pass ends the wait at once, with events and the end of the log", async () => {
  const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off" } };
  const lastState = { terminated: { exitCode: 1, reason: "Error" } };
  const pod = podJson("a", { phase: "Running", containerStatuses: [{ name: "main", state, lastState }] });
  const { uid } = server.objects.put(paths.pods, pod).metadata;
  server.objects.put(paths.events, {
    metadata: { name: "e" },
    involvedObject: { uid },
    reason: "BackOff",
    message: "restarting",
  });
  server.next("GET", "/pods/a/log", (_request, response) => response.end("cannot find module\n"));
  const waiting = client.waitForPod("a", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  await expect(waiting).rejects.toMatchObject({
    code: "FC_K8S_POD_START_FAILED",
    reason: "CrashLoopBackOff",
    exitCode: 1,
    events: ["BackOff: restarting"],
    logTail: "cannot find module\n",
  });
});

test("an unschedulable Pod gets its grace, and the wait ends when it passes", async () => {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes" }];
  server.objects.put(paths.pods, podJson("a", { phase: "Pending", conditions }));
  const waiting = client.waitForPod("a", podIsReady, { timeoutMs: 120_000, what: "to be Ready" });
  waiting.catch(() => undefined);
  await eventually(() => clock.fire(40_000) > 0);
  await expect(waiting).rejects.toThrow(/Unschedulable: 0\/3 nodes/);
});

test("a Pod that a new node takes within the grace is waited for", async () => {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
  server.objects.put(paths.pods, podJson("a", { phase: "Pending", conditions }));
  const { until } = changesOf(client);
  const waiting = client.waitForPod("a", podIsReady, { timeoutMs: 120_000, what: "to be Ready" });
  await until("added a Pending");
  server.objects.put(paths.pods, podJson("a", { phase: "Pending", conditions: [] }));
  await until("modified a Pending");
  clock.fire(40_000);
  server.objects.put(paths.pods, podJson("a", readyStatus));
  expect((await waiting).metadata?.name).toBe("a");
});

test("a Pod that is deleted, or was before the wait began, ends the wait", async () => {
  server.objects.put(paths.pods, podJson("a"));
  const { until } = changesOf(client);
  await until("added a Pending");
  const waiting = client.waitForPod("a", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  server.objects.remove(paths.pods, "a");
  await expect(waiting).rejects.toMatchObject({ reason: "Deleted" });
  const late = client.waitForPod("a", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
  late.catch(() => undefined);
  expect(clock.fire(1_000)).toBe(1);
  await expect(late).rejects.toThrow("does not exist");
});

test("when the time is up the error tells the Pod's state and what the watch fails with", async () => {
  server.objects.put(paths.pods, podJson("a", { phase: "Pending", conditions: [{ type: "Ready", status: "False" }] }));
  const { until } = changesOf(client);
  await until("added a Pending");
  const waiting = client.waitForPod("a", podIsReady, { timeoutMs: 45_000, what: "to be Ready" });
  expect(clock.fire(45_000)).toBe(1);
  await expect(waiting).rejects.toThrow(/Timeout: not within 45000 ms; phase Pending, Ready=False/);
});

test("a wait ends with the caller's reason", async () => {
  const controller = new AbortController();
  const options = { timeoutMs: 60_000, what: "to be Ready", signal: controller.signal };
  const waiting = client.waitForPod("a", podIsReady, options);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

test("a Pod is gone when its uid is, whatever has its name", async () => {
  const { uid = "" } = server.objects.put(paths.pods, podJson("a")).metadata;
  const { until } = changesOf(client);
  await until("added a Pending");
  const gone = client.waitForPodGone("a", uid);
  server.objects.remove(paths.pods, "a");
  server.objects.put(paths.pods, podJson("a"));
  await gone;
  await client.waitForPodGone("a", uid);
  await client.waitForPodGone("nobody", "x");
});
