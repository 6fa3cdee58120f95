import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { ManualClock } from "@fc/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { K8sClient } from "../src/index.ts";
import { FakeApiServer, FaultProxy, faults, textAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { changesOf, eventually, paths, podJson } from "./support.ts";

let server: FakeApiServer;
let proxy: FaultProxy;
let clock: StepClock;
let client: K8sClient;
beforeEach(async () => {
  server = await FakeApiServer.start();
  proxy = await FaultProxy.start({ kubeconfig: server.kubeconfigPath });
  clock = new StepClock();
  client = await K8sClient.connect({ kubeconfig: proxy.kubeconfigPath, clock });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const pods = { resource: "pods" } as const;
const requestsTo = (verb: string): number => proxy.counters.requests[verb] ?? 0;
const serverGot = (method: string): number =>
  server.requests.filter((request) => request.method === method && request.path.startsWith(paths.pods)).length;
const frame = (channel: number, payload: string): Buffer => Buffer.concat([Buffer.of(channel), Buffer.from(payload)]);

describe("without a fault", () => {
  test("requests, watches and streams pass as they are, with the credentials of the kubeconfig behind it", async () => {
    expect(client.namespace).toBe("fake-namespace");
    const { until } = changesOf(client);
    await client.createPod({ metadata: { name: "a", labels: { "fakecloud-managed-by": "fakecloud" } } });
    await until("added a undefined");
    await client.patchPod("a", { metadata: { annotations: { note: "ä\u2028" } } });
    expect((await client.getPod("a"))?.metadata?.annotations).toMatchObject({ note: "ä\u2028" });
    server.next("GET", "/pods/a/log", textAnswer("line\n"));
    expect(await client.podLogs("a", "main")).toBe("line\n");
    server.nextSocket("/pods/a/exec", (socket: WebSocket) => {
      for (const part of [frame(1, "out"), frame(2, "err"), frame(3, '{"status":"Success"}')]) socket.send(part);
      socket.close(1000);
    });
    expect(await client.exec("a", "main", ["true"])).toMatchObject({ stderr: "err", exitCode: 0 });
    await expect(client.exec("a", "main", ["true"])).rejects.toThrow("no WebSocket is scripted");
    await client.deletePod("a");
    expect(server.requests.every(({ headers }) => headers["authorization"] === "Bearer fake-token")).toBe(true);
    expect(server.requests.every(({ headers }) => headers["host"] === new URL(server.url).host)).toBe(true);
    expect(proxy.requests.some(({ resource, name }) => resource === "pods/exec" && name === "a")).toBe(true);
    await eventually(() => proxy.counters.openRequests === 1);
    expect(proxy.counters).toMatchObject({ openWatches: 1, openUpgrades: 0 });
    expect(proxy.counters.requests).toMatchObject({ create: 2, list: 1, watch: 1, patch: 1, delete: 1 });
  });

  test("only clients with its own kubeconfig are let through, which only its user may read", async () => {
    expect((await stat(proxy.kubeconfigPath)).mode & 0o777).toBe(0o600);
    const config = JSON.parse(await readFile(proxy.kubeconfigPath, "utf8"));
    const [{ cluster }] = config.clusters;
    const asked = request(`${cluster.server}/api`, {
      ca: Buffer.from(cluster["certificate-authority-data"], "base64"),
    });
    const [answer] = await once(asked.end(), "response");
    answer.resume();
    expect(answer.statusCode).toBe(401);
  });

  test("a cluster that does not answer is told of at once", async () => {
    const gone = await FakeApiServer.start();
    const kubeconfig = `${proxy.kubeconfigPath}.gone`;
    await writeFile(kubeconfig, await readFile(gone.kubeconfigPath));
    await gone[Symbol.asyncDispose]();
    await expect(FaultProxy.start({ kubeconfig })).rejects.toMatchObject({
      code: "FC_K8S_CONNECT_FAILED",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("a fault", () => {
  beforeEach(() => {
    server.objects.put(paths.pods, podJson("a"));
    server.objects.put(paths.pods, podJson("b"));
  });

  test("meets what it matches, as often as it is for", async () => {
    const fault = proxy.inject(faults.status(503), { verb: ["get", "list"], resource: "pods", name: "a", times: 2 });
    await client.getPod("b");
    expect(fault.hits).toBe(0);
    await client.getPod("a");
    await fault.met(2);
    expect([fault.hits, requestsTo("get"), serverGot("GET")]).toEqual([2, 5, 2]);
  });

  test("is lifted by its handle, and by the end of its scope", async () => {
    {
      using _fault = proxy.inject(faults.status(404), pods);
      expect(await client.getPod("a")).toBeUndefined();
    }
    const fault = proxy.inject(faults.status(404), { path: /\/pods\/a$/ });
    expect(await client.getPod("a")).toBeUndefined();
    fault.lift();
    expect(await client.getPod("a")).toBeDefined();
  });

  test("of several the first that is not used up meets a request", async () => {
    proxy.inject(faults.status(404), { ...pods, times: 1 });
    proxy.inject(faults.status(403), { ...pods, times: 1 });
    expect(await client.getPod("a")).toBeUndefined();
    await expect(client.getPod("a")).rejects.toMatchObject({ code: "FC_K8S_FORBIDDEN" });
    expect(await client.getPod("a")).toBeDefined();
  });

  test("drops the connection before the cluster sees the request, or after it has acted", async () => {
    proxy.inject(faults.dropConnection(), { verb: "create", ...pods, times: 1 });
    await client.createPod({ metadata: { name: "c" } });
    expect(serverGot("POST")).toBe(1);
    proxy.inject(faults.dropConnection("before-answer"), { verb: "create", ...pods, times: 1 });
    await client.createPod({ metadata: { name: "d" } });
    expect(serverGot("POST")).toBe(3);
    expect(server.objects.list(paths.pods)).toHaveLength(4);
  });

  test("drops the connection within the answer", async () => {
    const fault = proxy.inject(faults.dropConnection("mid-body"), { verb: "get", times: 1 });
    expect((await client.getPod("a"))?.metadata?.name).toBe("a");
    expect(fault.hits).toBe(1);
    proxy.inject(faults.dropConnection("mid-body"), { verb: "patch" });
    await expect(client.patchPod("a", {})).rejects.toThrow("no answer from the Kubernetes API: aborted");
  });

  test("delays by its own clock, and no longer than it lasts", async () => {
    const time = new ManualClock();
    await using slow = await FaultProxy.start({ kubeconfig: server.kubeconfigPath, clock: time });
    await using other = await K8sClient.connect({ kubeconfig: slow.kubeconfigPath, clock });
    const fault = slow.inject(faults.delay(5_000), pods);
    let done = false;
    const first = other.getPod("a").finally(() => {
      done = true;
    });
    await fault.met();
    await time.advance(4_999);
    expect(done).toBe(false);
    await time.advance(1);
    await first;
    const second = other.getPod("a");
    await fault.met(2);
    fault.lift();
    expect(await second).toBeDefined();
  });

  test("freezes requests and open streams until it is lifted", async () => {
    const { seen, until } = changesOf(client);
    await until("added b Pending");
    await eventually(() => proxy.counters.openWatches === 1);
    using fault = proxy.inject(faults.freeze());
    await fault.met();
    server.objects.put(paths.pods, podJson("c"));
    const asked = client.getPod("a");
    await fault.met(2);
    expect(seen).not.toContain("added c Pending");
    expect(proxy.counters.openRequests).toBe(2);
    fault.lift();
    await until("added c Pending");
    expect(await asked).toBeDefined();
  });

  test("answers 429 with a time, and 410", async () => {
    proxy.inject(faults.status(429, { retryAfterSeconds: 7 }), { ...pods, times: 1 });
    await client.getPod("a");
    expect(clock.sleeps).toContain(7_000);
    proxy.inject(faults.status(410), { verb: "get", ...pods, times: 1 });
    await expect(client.getPod("a")).rejects.toMatchObject({ code: "FC_K8S_GONE", reason: "Expired" });
  });

  test("lets bodies pass slowly, by its own clock", async () => {
    const time = new StepClock();
    await using slow = await FaultProxy.start({ kubeconfig: server.kubeconfigPath, clock: time });
    await using other = await K8sClient.connect({ kubeconfig: slow.kubeconfigPath, clock });
    server.next("GET", "/pods/a/log", textAnswer("x".repeat(1_000)));
    slow.inject(faults.slow(200), { resource: "pods/log" });
    expect(await other.podLogs("a", "main")).toHaveLength(1_000);
    expect(time.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(5_000);
  });
});

describe("a watch", () => {
  const watches = (): number => requestsTo("watch");
  beforeEach(() => {
    server.objects.put(paths.pods, podJson("a"));
  });

  test("that is open gets ERROR 410 at once, and is listed again", async () => {
    const { until } = changesOf(client);
    await until("added a Pending");
    await eventually(() => proxy.counters.openWatches === 1);
    const fault = proxy.inject(faults.watchError(410), { verb: "watch", times: 1 });
    server.objects.put(paths.pods, podJson("b"));
    await until("added b Pending");
    expect([fault.hits, requestsTo("list")]).toEqual([1, 2]);
  });

  test("that begins gets 410 as HTTP status or as event", async () => {
    proxy.inject(faults.status(410), { verb: "watch", times: 1 });
    proxy.inject(faults.watchError(410), { verb: "watch", times: 1 });
    const { until } = changesOf(client);
    await until("added a Pending");
    await eventually(() => watches() === 3 && proxy.counters.openWatches === 1);
    expect(requestsTo("list")).toBe(3);
  });

  test("that breaks off within an event gets it again", async () => {
    const { seen, until } = changesOf(client);
    await until("added a Pending");
    await eventually(() => proxy.counters.openWatches === 1);
    proxy.inject(faults.cutWatchEvent(), { verb: "watch", times: 1 });
    server.objects.put(paths.pods, podJson("b"));
    await until("added b Pending");
    expect(seen).toEqual(["added a Pending", "added b Pending"]);
    expect([requestsTo("list"), watches()]).toEqual([1, 2]);
  });

  test("is cut from outside", async () => {
    const { until } = changesOf(client);
    await until("added a Pending");
    await eventually(() => proxy.counters.openWatches === 1);
    expect(proxy.cut({ verb: "watch" })).toBe(1);
    server.objects.put(paths.pods, podJson("b"));
    await until("added b Pending");
    expect(proxy.cut({ verb: "get" })).toBe(0);
  });
});

describe("an exec", () => {
  const run = (): ReturnType<K8sClient["exec"]> => {
    server.nextSocket("/pods/a/exec", (socket: WebSocket) => {
      socket.send(frame(1, "o".repeat(70_000)));
      socket.send(frame(3, '{"status":"Success"}'));
      socket.close(1000);
    });
    return client.exec("a", "main", ["true"]);
  };

  test.each([
    ["cut", 1006],
    ["close", 1000],
    ["drop-status", 1000],
  ] as const)("without its status (%s) is an error", async (how, code) => {
    proxy.inject(faults.truncateExec(how), { resource: "pods/exec" });
    await expect(run()).rejects.toThrow(`ended without a status (WebSocket close ${code})`);
    await eventually(() => proxy.counters.openUpgrades === 0);
  });

  test("with output after its status is taken as it is", async () => {
    proxy.inject(faults.dataAfterExecStatus("late"), { resource: "pods/exec" });
    expect(String((await run()).stdout).slice(-6)).toBe("oolate");
  });

  test("is refused or frozen as any request", async () => {
    proxy.inject(faults.status(500), { resource: "pods/exec", times: 1 });
    await expect(run()).rejects.toMatchObject({ code: "FC_K8S_UNAVAILABLE" });
    using fault = proxy.inject(faults.freeze(), { resource: "pods/exec" });
    const frozen = run();
    await fault.met();
    fault.lift();
    expect(await frozen).toMatchObject({ exitCode: 0 });
  });
});

test("an outage cuts what is open and refuses what comes; then the API server is back at its address", async () => {
  server.objects.put(paths.pods, podJson("a"));
  const { seen, until } = changesOf(client);
  await until("added a Pending");
  const outage = await proxy.outage();
  expect(proxy.counters).toMatchObject({ openConnections: 0, openRequests: 0 });
  await expect(client.getPod("a")).rejects.toThrow("ECONNREFUSED");
  server.objects.put(paths.pods, podJson("b"));
  expect(seen).not.toContain("added b Pending");
  await outage.lift();
  await until("added b Pending");
  expect(await client.getPod("a")).toBeDefined();
});

test("what is frozen or away ends with the proxy", async () => {
  const second = await FaultProxy.start({ kubeconfig: server.kubeconfigPath });
  const other = await K8sClient.connect({ kubeconfig: second.kubeconfigPath, clock });
  const fault = second.inject(faults.freeze(), pods);
  const frozen = other.getPod("a");
  frozen.catch(() => undefined);
  await fault.met();
  await second[Symbol.asyncDispose]();
  await expect(frozen).rejects.toMatchObject({ code: "FC_K8S_UNREACHABLE" });
  await other[Symbol.asyncDispose]();
});
