import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type K8sClient, KubernetesError } from "../src/index.ts";
import { dropConnection, FakeApiServer, neverAnswer, statusAnswer } from "../src/testing/index.ts";
import { openFiles } from "./open-files.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, paths, podJson } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let client: K8sClient;
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  client = await connectTo(server, { clock });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const requestsTo = (method: string, path: string): number =>
  server.requests.filter((request) => request.method === method && request.path.endsWith(path)).length;

describe("requests", () => {
  test("carry credentials, User-Agent and share at most 16 connections", async () => {
    server.objects.put(paths.pods, podJson("a"));
    await Promise.all(Array.from({ length: 300 }, () => client.getPod("a")));
    expect(server.connections).toBeLessThanOrEqual(16);
    const { headers } = server.requests.at(-1) ?? { headers: {} };
    expect(headers).toMatchObject({
      authorization: "Bearer fake-token",
      "user-agent": expect.stringMatching(/^fc-k8s\//),
    });
  });

  test("by the thousand leave no more sockets and files open than the first few", async () => {
    server.objects.put(paths.pods, podJson("a"));
    await Promise.all(Array.from({ length: 50 }, () => client.getPod("a")));
    const before = await openFiles();
    await Promise.all(Array.from({ length: 500 }, () => client.getPod("a")));
    for (let i = 0; i < 500; i += 1) await client.getPod("a");
    // Both ends of each connection are in this process.
    expect(before.sockets).toBeGreaterThanOrEqual(2);
    expect((await openFiles()).sockets).toBeLessThanOrEqual(before.sockets);
    // The process opens files of its own for a moment.
    await expect.poll(async () => (await openFiles()).files).toBeLessThanOrEqual(before.files);
  });

  test("beyond the burst wait for their turn, each once", async () => {
    server.objects.put(paths.pods, podJson("a"));
    await using slow = await connectTo(server, { clock, rateLimit: { perSecond: 10, burst: 5 } });
    clock.sleeps.length = 0;
    clock.pass(60_000);
    await Promise.all(Array.from({ length: 8 }, () => slow.getPod("a")));
    expect(clock.sleeps).toEqual([100, 200, 300]);
  });

  test("through the generated API use the same connections and errors", async () => {
    server.objects.put(paths.pods, podJson("a"));
    const pod = await client.core.readNamespacedPod({ name: "a", namespace: client.namespace });
    expect(pod.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect(server.connections).toBe(1);
    const missing = client.core.readNamespacedPod({ name: "b", namespace: client.namespace });
    await expect(missing).rejects.toMatchObject({ code: "FC_K8S_NOT_FOUND", reason: "NotFound" });
  });

  test("are repeated after 429 when the server says", async () => {
    server.objects.put(paths.pods, podJson("a"));
    server.next("GET", "/pods/a", statusAnswer(429, "TooManyRequests", "slow down", 3));
    expect((await client.getPod("a"))?.metadata?.name).toBe("a");
    expect(clock.sleeps).toEqual([3_000]);
  });

  test("that read are repeated after a lost connection and 500", async () => {
    server.objects.put(paths.pods, podJson("a"));
    server.next("GET", "/pods/a", dropConnection);
    server.next("GET", "/pods/a", statusAnswer(500, "InternalError", "etcd"));
    expect((await client.getPod("a"))?.metadata?.name).toBe("a");
    expect(requestsTo("GET", "/pods/a")).toBe(3);
  });

  test("tell their observer of every answer, of losses and of new tries", async () => {
    const seen: string[] = [];
    await using watched = await connectTo(server, {
      clock,
      observer: {
        answered: (method, httpStatus) => seen.push(`${method} ${httpStatus}`),
        retried: (method) => seen.push(`${method} again`),
      },
    });
    expect(seen).toContain("POST 201");
    seen.length = 0;
    server.objects.put(paths.pods, podJson("a"));
    server.next("GET", "/pods/a", dropConnection);
    server.next("GET", "/pods/a", statusAnswer(500, "InternalError", "etcd"));
    await watched.getPod("a");
    const reads = seen.filter((line) => line.startsWith("GET"));
    expect(reads).toEqual(["GET undefined", "GET again", "GET 500", "GET again", "GET 200"]);
  });

  test("end after five tries with the server's own words", async () => {
    for (let i = 0; i < 5; i += 1)
      server.next("GET", "/pods/a", statusAnswer(503, "ServiceUnavailable", "etcd is away"));
    const failure = client.getPod("a");
    await expect(failure).rejects.toMatchObject({ code: "FC_K8S_UNAVAILABLE", httpStatus: 503, retryable: true });
    await expect(failure).rejects.toThrow("etcd is away");
  });

  test("that get no answer end by the deadline for headers, and are repeated when they read", async () => {
    server.objects.put(paths.pods, podJson("a"));
    server.next("GET", "/pods/a", neverAnswer);
    const asked = client.getPod("a");
    const before = requestsTo("GET", "/pods/a");
    await expect.poll(() => requestsTo("GET", "/pods/a")).toBe(before + 1);
    expect(clock.fire(10_000)).toBeGreaterThan(0);
    expect((await asked)?.metadata?.name).toBe("a");
  });

  test("whose answer stops half way end by the deadline for the whole", async () => {
    server.next("PATCH", "/services/s", (_request, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"kind":');
    });
    const asked = client.patchService("s", {});
    asked.catch(() => undefined);
    await expect.poll(() => requestsTo("PATCH", "/services/s")).toBe(1);
    await expect.poll(() => clock.fire(30_000)).toBe(1);
    await expect(asked).rejects.toMatchObject({ code: "FC_K8S_UNREACHABLE" });
  });

  test("end with the caller's reason when the caller gives up", async () => {
    server.next("GET", "/pods/a", neverAnswer);
    const controller = new AbortController();
    const asked = client.getPod("a", { signal: controller.signal });
    asked.catch(() => undefined);
    await expect.poll(() => requestsTo("GET", "/pods/a")).toBe(1);
    controller.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });

  test("ask for credentials again when they are refused, once", async () => {
    server.objects.put(paths.pods, podJson("a"));
    server.next("GET", "/pods/a", statusAnswer(401, "Unauthorized", "expired"));
    expect((await client.getPod("a"))?.metadata?.name).toBe("a");
    for (let i = 0; i < 2; i += 1) server.next("GET", "/pods/a", statusAnswer(401, "Unauthorized", "expired"));
    await expect(client.getPod("a")).rejects.toMatchObject({ code: "FC_K8S_UNAUTHORIZED" });
  });
});

describe("create", () => {
  test("never removes another object", async () => {
    server.objects.put(paths.pods, podJson("a"));
    const failure = client.createPod({ metadata: { name: "a" } });
    await expect(failure).rejects.toSatisfy((error) => KubernetesError.is(error) && error.isAlreadyExists());
    expect(requestsTo("DELETE", "/pods/a")).toBe(0);
  });

  test("takes the Pod that it made when only the answer was lost", async () => {
    server.next("POST", "/pods", (request, response) => {
      server.objects.put(paths.pods, JSON.parse(request.body));
      response.destroy();
    });
    const pod = await client.createPod({ metadata: { name: "a" }, spec: { containers: [] } });
    expect(pod.metadata?.uid).toBe(server.objects.get(paths.pods, "a")?.metadata.uid);
    expect(server.objects.list(paths.pods)).toHaveLength(1);
  });

  test("does not take a Pod that another made meanwhile", async () => {
    server.next("POST", "/pods", (_request, response) => {
      server.objects.put(paths.pods, podJson("a"));
      response.destroy();
    });
    await expect(client.createPod({ metadata: { name: "a" } })).rejects.toMatchObject({ reason: "AlreadyExists" });
  });

  test("is refused in the words of quota and admission", async () => {
    server.next("POST", "/pods", statusAnswer(403, "Forbidden", 'pods "a" is forbidden: exceeded quota'));
    const failure = client.createPod({ metadata: { name: "a" } });
    await expect(failure).rejects.toThrow("exceeded quota");
    await expect(failure).rejects.toMatchObject({ code: "FC_K8S_FORBIDDEN", retryable: false });
  });
});

describe("delete", () => {
  test("is content when the Pod is absent or another one", async () => {
    await client.deletePod("nobody");
    server.objects.put(paths.pods, podJson("a"));
    await client.deletePod("a", { uid: "another" });
    expect(server.objects.get(paths.pods, "a")).toBeDefined();
    await client.deletePod("a", { uid: server.objects.get(paths.pods, "a")?.metadata.uid, gracePeriodSeconds: 2 });
    expect(server.objects.get(paths.pods, "a")).toBeUndefined();
    expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toMatchObject({ gracePeriodSeconds: 2 });
  });
});

describe("list", () => {
  test("reads all pages, and begins again when the continue token grew too old", async () => {
    for (let i = 0; i < 1_100; i += 1) server.objects.put(paths.pods, podJson(`p${i}`));
    let lists = 0;
    server.next("GET", "/pods", (_request, response) => {
      lists += 1;
      response.end(JSON.stringify({ metadata: { continue: "1" }, items: [podJson("old")] }));
    });
    server.next("GET", "/pods", statusAnswer(410, "Expired", "the continue token is too old"));
    const pods = await client.listPods("fakecloud-managed-by=fakecloud");
    expect(lists).toBe(1);
    expect(pods).toHaveLength(1_100);
    expect(pods.some((pod) => pod.metadata?.name === "old")).toBe(false);
  });
});

describe("connect", () => {
  test("says which server and namespace refused, and what to do", async () => {
    server.next("POST", "/leases", statusAnswer(403, "Forbidden", "cannot create leases"));
    const failure = connectTo(server);
    await expect(failure).rejects.toMatchObject({ code: "FC_K8S_CONNECT_FAILED", httpStatus: 403 });
    await expect(failure).rejects.toThrow(/127\.0\.0\.1.*fake-namespace.*cannot create leases.*checkAccess/);
  });

  test("takes its limits from the settings, unless an option says otherwise", async () => {
    const environment = { FAKECLOUD_K8S_REQUESTS_PER_SECOND: "0" };
    await expect(connectTo(server, { environment })).rejects.toThrow("FAKECLOUD_K8S_REQUESTS_PER_SECOND");
    await expect(connectTo(server, { rateLimit: { burst: 0 } })).rejects.toThrow(/burst of at least 1.*0/);
  });

  test("refuses a setting that it does not understand", async () => {
    const failure = connectTo(server, { environment: { FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "soon" } });
    await expect(failure).rejects.toMatchObject({ code: "FC_CONFIG_INVALID" });
  });
});
