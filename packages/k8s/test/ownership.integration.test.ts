import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { K8sClient } from "../src/index.ts";
import { FakeApiServer, neverAnswer, sendJson, statusAnswer } from "../src/testing/index.ts";
import { StepClock } from "./step-clock.ts";
import { connectTo, eventually, type LogLine, paths, podJson, recordingLogger } from "./support.ts";

let server: FakeApiServer;
let clock: StepClock;
let lines: LogLine[];
let client: K8sClient;
const connect = async (options: Parameters<typeof connectTo>[1] = {}): Promise<K8sClient> => {
  client = await connectTo(server, { clock, logger: recordingLogger(lines), ...options });
  return client;
};
beforeEach(async () => {
  server = await FakeApiServer.start();
  clock = new StepClock();
  lines = [];
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const leaseOf = (instanceId: string) => server.objects.get(paths.leases, `fakecloud-instance-${instanceId}`);
const renewTimeOf = (instanceId: string): unknown =>
  (leaseOf(instanceId)?.["spec"] as { renewTime?: unknown } | undefined)?.renewTime;

/** Another process's Lease, renewed so many seconds ago. */
function putLease(instanceId: string, secondsAgo: number): void {
  server.objects.put(paths.leases, {
    metadata: {
      name: `fakecloud-instance-${instanceId}`,
      labels: { "fakecloud-managed-by": "fakecloud", "fakecloud-instance": instanceId },
    },
    spec: { renewTime: new Date(Date.now() - secondsAgo * 1_000).toISOString(), leaseDurationSeconds: 30 },
  });
}

const ownedBy = (instanceId: string, service = "lambda"): object => ({
  "fakecloud-instance": instanceId,
  "fakecloud-service": service,
});

describe("the instance's Lease", () => {
  test("stands before anything else is made, by the server's clock", async () => {
    await connect({ instanceId: "fc-own" });
    const lease = leaseOf("fc-own") as { spec: { renewTime: string; leaseDurationSeconds: number } } | undefined;
    expect(lease?.spec.leaseDurationSeconds).toBe(30);
    expect(Math.abs(Date.parse(lease?.spec.renewTime ?? "") - Date.now())).toBeLessThan(60_000);
    expect(lease?.spec.renewTime).toMatch(/\.\d{6}Z$/);
  });

  test("is told of with the cluster and the namespace that were taken", async () => {
    await connect({ instanceId: "fc-own" });
    const { namespace } = client;
    const fields = { server: server.url, namespace, instanceId: "fc-own" };
    expect(lines).toContainEqual({ level: "info", fields, message: "connected to Kubernetes" });
  });

  test("is renewed every 10 s", async () => {
    await connect({ instanceId: "fc-own" });
    for (let i = 0; i < 2; i += 1) {
      const before = leaseOf("fc-own")?.metadata.resourceVersion;
      expect(clock.fire(10_000)).toBe(1);
      await eventually(() => leaseOf("fc-own")?.metadata.resourceVersion !== before);
      // The answer has arrived when its deadline is no more, and the next renewal is set.
      await eventually(() => clock.pending(30_000) === 0 && clock.pending(10_000) === 1);
    }
  });

  test("that gets no answer is renewed again within seconds: others would soon take the process for dead", async () => {
    await connect({ instanceId: "fc-own" });
    const before = renewTimeOf("fc-own");
    server.next("PUT", /\/leases\//, neverAnswer);
    clock.fire(10_000);
    await eventually(() => server.requests.some(({ method }) => method === "PUT"));
    expect(clock.fire(5_000)).toBe(1);
    await eventually(() => {
      clock.fire(2_000);
      return renewTimeOf("fc-own") !== before;
    });
    await eventually(() => clock.pending(10_000) === 1);
  });

  test("is read again when somebody else wrote it", async () => {
    await connect({ instanceId: "fc-own" });
    server.objects.put(paths.leases, { ...leaseOf("fc-own"), spec: { renewTime: "x" } } as never);
    await eventually(() => clock.fire(10_000) > 0);
    await eventually(() => renewTimeOf("fc-own") !== "x");
    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("is made anew when it was removed, with a warning", async () => {
    await connect({ instanceId: "fc-own" });
    const before = client.owned({}, "process", "lambda").ownerReferences?.[0]?.uid;
    server.objects.remove(paths.leases, "fakecloud-instance-fc-own");
    await eventually(() => clock.fire(10_000) > 0);
    await eventually(() => leaseOf("fc-own") !== undefined);
    await eventually(() => client.owned({}, "process", "lambda").ownerReferences?.[0]?.uid !== before);
    expect(lines.some(({ message }) => message.includes("Lease was removed"))).toBe(true);
  });

  test("belongs to the server's own Pod, if that really is in the namespace", async () => {
    const { uid } = server.objects.put(paths.pods, podJson("server")).metadata;
    await connect({ instanceId: "fc-a", environment: { POD_NAME: "server", POD_UID: String(uid) } });
    expect(leaseOf("fc-a")?.metadata["ownerReferences"]).toMatchObject([{ kind: "Pod", name: "server", uid }]);
    await client[Symbol.asyncDispose]();
    await connect({ instanceId: "fc-b", environment: { POD_NAME: "server", POD_UID: "of another namespace" } });
    expect(leaseOf("fc-b")?.metadata).not.toHaveProperty("ownerReferences");
  });
});

describe("reapStale", () => {
  beforeEach(async () => {
    await connect({ instanceId: "fc-own", installationId: "inst" });
  });
  /** The own Lease is renewed in time, as it would be. */
  const tenSeconds = async (): Promise<void> => {
    const before = leaseOf("fc-own")?.metadata.resourceVersion;
    clock.fire(10_000);
    await eventually(() => leaseOf("fc-own")?.metadata.resourceVersion !== before);
    await eventually(() => clock.pending(30_000) === 0 && clock.pending(10_000) === 1);
  };
  /** Looks for so long that a living process would have renewed its Lease; gives what the last look removed. */
  const reap = async (): Promise<number> => {
    for (let looks = 0; looks < 2; looks += 1) {
      await client.reapStale("lambda");
      await tenSeconds();
    }
    return await client.reapStale("lambda");
  };

  test("removes what an expired Lease's process owns, and nothing else", async () => {
    putLease("fc-dead", 31);
    putLease("fc-live", 5);
    server.objects.put(paths.pods, podJson("dead-1", {}, ownedBy("fc-dead")));
    server.objects.put(paths.pods, podJson("dead-2", {}, ownedBy("fc-dead", "elasticache")));
    server.objects.put(paths.secrets, podJson("dead-secret", {}, ownedBy("fc-dead")));
    server.objects.put(paths.configMaps, podJson("dead-config", {}, ownedBy("fc-dead")));
    server.objects.put(paths.services, podJson("dead-service", {}, ownedBy("fc-dead")));
    server.objects.put(paths.pods, podJson("live", {}, ownedBy("fc-live")));
    server.objects.put(paths.pods, podJson("own", {}, ownedBy("fc-own")));
    server.objects.put(paths.pods, podJson("leaseless", {}, ownedBy("fc-unknown")));
    server.objects.put(paths.pods, podJson("cache", {}, { "fakecloud-installation": "inst" }));
    server.objects.put(paths.services, podJson("cache", {}, { "fakecloud-installation": "inst" }));
    expect(await reap()).toBe(1);
    expect(leaseOf("fc-dead")).toBeUndefined();
    expect(leaseOf("fc-live")).toBeDefined();
    const left = (path: string): string[] => server.objects.list(path).map(({ metadata }) => metadata.name);
    expect(left(paths.pods)).toEqual(["live", "own", "leaseless", "cache"]);
    expect(left(paths.services)).toEqual(["cache"]);
    expect([...left(paths.secrets), ...left(paths.configMaps)]).toEqual([]);
  });

  test("tells each service of its own Pods once", async () => {
    putLease("fc-dead", 31);
    server.objects.put(paths.pods, podJson("a", {}, ownedBy("fc-dead")));
    server.objects.put(paths.pods, podJson("b", {}, ownedBy("fc-dead", "elasticache")));
    expect(await reap()).toBe(1);
    expect(await client.reapStale("elasticache")).toBe(1);
    expect(await client.reapStale("elasticache")).toBe(0);
  });

  test("leaves everything alone when the Lease is renewed at that moment", async () => {
    putLease("fc-back", 31);
    server.objects.put(paths.pods, podJson("a", {}, ownedBy("fc-back")));
    server.next("GET", paths.pods, (_request, response) => {
      putLease("fc-back", 0);
      sendJson(response, 200, { metadata: {}, items: server.objects.list(paths.pods) });
    });
    expect(await reap()).toBe(0);
    expect(server.objects.get(paths.pods, "a")).toBeDefined();
    expect(leaseOf("fc-back")).toBeDefined();
  });

  test("goes on when one kind may not be removed", async () => {
    putLease("fc-dead", 31);
    server.objects.put(paths.pods, podJson("a", {}, ownedBy("fc-dead")));
    server.next("DELETE", paths.secrets, statusAnswer(403, "Forbidden", "no deletecollection on secrets"));
    expect(await reap()).toBe(1);
    expect(lines.some(({ fields }) => fields["resource"] === "secrets")).toBe(true);
  });

  test("watches an expired Lease for a while before it believes it", async () => {
    putLease("fc-dead", 3_600);
    server.objects.put(paths.pods, podJson("a", {}, ownedBy("fc-dead")));
    for (let looks = 0; looks < 2; looks += 1) {
      expect(await client.reapStale("lambda")).toBe(0);
      await tenSeconds();
    }
    expect(await client.reapStale("lambda")).toBe(1);
  });

  test("gives processes that an outage kept from renewing the time to do so", async () => {
    putLease("fc-live", 0);
    expect(await reap()).toBe(0);
    // Nobody could reach the API server for a minute: every Lease has expired.
    clock.pass(60_000);
    await tenSeconds();
    putLease("fc-live", 60);
    await client.reapStale("lambda");
    await tenSeconds();
    await client.reapStale("lambda");
    putLease("fc-live", 0);
    expect(await reap()).toBe(0);
    expect(leaseOf("fc-live")).toBeDefined();
  });

  test("believes nothing of others while the own Lease cannot be renewed", async () => {
    putLease("fc-other", 31);
    clock.pass(15_000);
    for (let looks = 0; looks < 5; looks += 1) {
      await client.reapStale("lambda");
      clock.pass(10_000);
    }
    expect(leaseOf("fc-other")).toBeDefined();
    await tenSeconds();
    await reap();
    expect(leaseOf("fc-other")).toBeUndefined();
  });

  test("is done by the client itself, again and again", async () => {
    const looks = (): number =>
      server.requests.filter(({ method, path }) => method === "GET" && path === paths.leases).length;
    expect(clock.fire(2_000)).toBe(1);
    await eventually(() => looks() === 1);
    for (const count of [2, 3]) {
      await eventually(() => clock.fire(6_300, 7_700) === 1);
      await eventually(() => looks() === count);
    }
  });
});

describe("closing", () => {
  test("removes the Lease and what the process owns, and keeps what the installation owns", async () => {
    await connect({ instanceId: "fc-own", installationId: "inst" });
    await client.createPod({ metadata: client.owned({ name: "fn" }, "process", "lambda") });
    await client.createSecret({ metadata: client.owned({ name: "token" }, "process", "lambda") });
    await client.createPod({ metadata: client.owned({ name: "cache" }, "installation", "elasticache") });
    await client[Symbol.asyncDispose]();
    expect(leaseOf("fc-own")).toBeUndefined();
    expect(server.objects.list(paths.pods).map(({ metadata }) => metadata.name)).toEqual(["cache"]);
    expect(server.objects.list(paths.secrets)).toEqual([]);
    const lease = server.requests.find(({ method, path }) => method === "DELETE" && path.includes("/leases/"));
    expect(JSON.parse(lease?.body ?? "")).toMatchObject({ propagationPolicy: "Background" });
  });

  test("waits for Pods that are ending, but not for ever", async () => {
    await connect({ instanceId: "fc-own", closeTimeoutMs: 20_000 });
    server.objects.put(paths.pods, podJson("slow", {}, ownedBy("fc-own")));
    server.next("DELETE", paths.pods, (_request, response) => sendJson(response, 200, {}));
    const closing = client[Symbol.asyncDispose]();
    await eventually(() => clock.sleeps.length > 3);
    await eventually(() => clock.fire(20_000) > 0);
    await closing;
    expect(lines.some(({ message }) => message.includes("still ending"))).toBe(true);
  });

  test("asks again for what was not removed while the cluster had something else to do with it", async () => {
    await connect({ instanceId: "fc-own" });
    await client.createSecret({ metadata: client.owned({ name: "token" }, "process", "lambda") });
    server.next("DELETE", paths.secrets, statusAnswer(409, "Conflict", "the object has been modified"));
    await client[Symbol.asyncDispose]();
    expect(server.objects.list(paths.secrets)).toEqual([]);
  });

  test("ends without an error when the cluster is away", async () => {
    await connect({ instanceId: "fc-own" });
    await server[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    expect(lines.some(({ message }) => message.includes("could not be removed"))).toBe(true);
  });
});
