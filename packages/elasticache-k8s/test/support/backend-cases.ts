import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { deferred, errorText } from "@fc/core";
import type { CacheEngine, CacheNodeEvent, CacheNodeSpec } from "@fc/elasticache/backend";
import { K8sClient, podDefaults } from "@fc/k8s";
import { FaultProxy } from "@fc/k8s/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dumpRdb, type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { type CasesBench, type CasesCluster, nextEvent, openBench, signal } from "./cases-bench.ts";
import { memcached, redis } from "./engine-client.ts";
import { startRdbServer } from "./rdb-server.ts";

const largeBytes = 24 * 1_048_576;

const key = (id: string): string => `000000000000/us-east-1/cluster/${id}/i1/0001`;

export function spec(engine: CacheEngine, id: string, over: Partial<CacheNodeSpec> = {}): CacheNodeSpec {
  return {
    nodeKey: key(id),
    account: "000000000000",
    region: "us-east-1",
    resourceType: "cluster",
    resourceId: id,
    nodeId: "0001",
    engine,
    engineVersion: engine === "memcached" ? "1.6.22" : "7.1",
    nodeType: "cache.t3.micro",
    port: engine === "memcached" ? 11_211 : 6379,
    parameters: {},
    tags: {},
    ...over,
  };
}

/** What only nodes on Kubernetes do; what every backend does is in `@fc/elasticache/conformance`. The same for every cluster. */
export function backendCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let client: K8sClient;
    let backend: ElastiCacheK8sBackend;
    const objectsOf = async (id: string): Promise<string[]> => {
      const selector = `fakecloud-elasticache=${id}`;
      const [pods, services] = await Promise.all([client.listPods(selector), client.listServices(selector)]);
      const secrets = (await client.core.listNamespacedSecret({ namespace: client.namespace })).items.filter((secret) =>
        secret.metadata?.name?.includes(`-${id}-`),
      );
      return [...pods, ...services, ...secrets].map((object) => object.metadata?.name ?? "");
    };
    /** Customers have no CONFIG. */
    const config = async (pod: string, name: string): Promise<string | undefined> =>
      (await execRedis(client, pod, ["CONFIG", "GET", name])).stdout.split("\n")[1];
    const next = (type: CacheNodeEvent["type"]): Promise<CacheNodeEvent> => nextEvent(backend, type);

    beforeAll(async () => {
      bench = await openBench(start, "cases");
      client = bench.client;
      backend = bench.backend({ deleteOnClose: true });
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    for (const engine of ["redis", "valkey"] as const)
      test(`${engine} answers at the returned address on the requested port, and keeps data and address through a reboot`, async () => {
        const wanted = spec(engine, `${engine}-reboot`, {
          port: 7777,
          parameters: { "maxmemory-policy": "allkeys-lfu" },
        });
        const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
        expect(endpoint.port).toBe(7777);
        expect(await redis(endpoint, "PING")).toBe("PONG");
        expect(await config(instance, "maxmemory-policy")).toBe("allkeys-lfu");
        await redis(endpoint, "SET", "kept", "yes");
        const after = await backend.reboot(wanted, { signal: signal() });
        expect(after.endpoint).toEqual(endpoint);
        expect(after.instance).not.toBe(instance);
        expect(await redis(endpoint, "GET", "kept")).toBe("yes");
        expect(await redis(endpoint, "SET", "writable", "yes")).toBe("OK");
        await backend.delete(wanted.nodeKey);
        expect(await objectsOf(`${engine}-reboot`)).toEqual([]);
      });

    test("a reboot loses no write that was answered", async () => {
      const wanted = spec("redis", "busy");
      const { endpoint } = await backend.start(wanted, { signal: signal() });
      let answered = 0;
      let rebooted = false;
      const rebooting = backend.reboot(wanted, { signal: signal() }).finally(() => {
        rebooted = true;
      });
      while (!rebooted) {
        const reply = await redis(endpoint, "INCR", "n").catch(() => undefined);
        if (reply !== undefined) answered += 1;
      }
      await rebooting;
      expect(answered).toBeGreaterThan(0);
      expect(Number(await redis(endpoint, "GET", "n"))).toBeGreaterThanOrEqual(answered);
      await backend.delete(wanted.nodeKey);
    });

    test("a reboot whose data cannot be had is none: the old engine goes on, with the data and with writes", async () => {
      const wanted = spec("redis", "uncopied");
      const { endpoint, instance } = await backend.start(wanted, { signal: signal() });
      await redis(endpoint, "SET", "k", "v");
      // Who copies is no replica any more: the engine says NOPERM.
      await execRedis(client, instance, ["ACL", "SETUSER", "fakecloud-admin", "-psync", "-sync"]);
      await expect(backend.reboot(wanted, { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_REBOOT_FAILED",
        message: expect.stringContaining("NOPERM"),
      });
      expect(await redis(endpoint, "GET", "k")).toBe("v");
      expect(await redis(endpoint, "SET", "k", "w")).toBe("OK");
      expect((await backend.start(wanted, { signal: signal() })).instance).toBe(instance);
      // Pod, Service, and the Secret of the node.
      expect(await objectsOf("uncopied")).toHaveLength(3);
      await backend.delete(wanted.nodeKey);
    });

    test("a node started from a snapshot has its data, and the restore leaves no Secret", async () => {
      const source = spec("redis", "origin");
      const { endpoint, instance } = await backend.start(source, { signal: signal() });
      await redis(endpoint, "SET", "k", "v");
      const slow = bench.backend({ snapshotBytesPerSecond: 1_000 });
      const started = performance.now();
      const restore = await slow.snapshot(source, { signal: signal() });
      expect(performance.now() - started).toBeGreaterThan(0.9 * restore.sizeBytes);
      const pod = (await client.getPod(instance)) ?? {};
      const path = join(bench.directory, "dump.rdb");
      expect((await dumpRdb(client, pod, path)).magic).toMatch(/^REDIS/);
      expect((await readFile(path)).subarray(0, 5).toString()).toBe("REDIS");
      expect(await execRedis(client, pod, ["GET", "k"])).toMatchObject({ success: true, stdout: "v\n" });
      expect(await execRedis(client, pod, ["NO-SUCH-COMMAND"])).toMatchObject({ success: false });
      const copy = await backend.start(spec("redis", "copy"), { restore, signal: signal() });
      expect(await redis(copy.endpoint, "GET", "k")).toBe("v");
      // Pod, Service, and the Secret of the node.
      expect(await objectsOf("copy")).toHaveLength(3);
      await Promise.all([backend.delete(key("origin")), backend.delete(key("copy"))]);
    });

    test("a restore whose process dies before it has served the bytes is done by the next one", async () => {
      const source = spec("redis", "whole");
      const { endpoint } = await backend.start(source, { signal: signal() });
      await redis(endpoint, "SET", "k", "v");
      const restore = await backend.snapshot(source, { signal: signal() });
      const asked = deferred<void>();
      const ended = deferred<void>();
      const stagedRdb = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from("REDIS0011");
        asked.resolve();
        await ended.promise;
      };
      const { hostAddress, listenOn } = bench.cluster;
      const iamPassword = () => Promise.resolve(undefined);
      const silent = await startRdbServer(listenOn, { stagedRdb, iamPassword });
      // All that the process says goes through here: after its end nothing does, not even what undoes a start.
      await using proxy = await FaultProxy.start({ kubeconfig: bench.cluster.kubeconfig });
      await using dying = await bench.connect(proxy.kubeconfigPath);
      const former = bench.backend({ client: dying, internalUrl: `http://${hostAddress}:${silent.port}` });
      const wanted = spec("redis", "cut-off");
      former.start(wanted, { restore, signal: signal() }).catch(() => undefined);
      await asked.promise;
      await proxy[Symbol.asyncDispose]();
      await silent[Symbol.asyncDispose]();
      ended.resolve();
      expect(await objectsOf("cut-off")).not.toEqual([]);
      const restored = await backend.start(wanted, { restore, signal: signal() });
      expect(await redis(restored.endpoint, "GET", "k")).toBe("v");
      // Pod, Service, and the Secret of the node.
      expect(await objectsOf("cut-off")).toHaveLength(3);
      await Promise.all([backend.delete(key("whole")), backend.delete(key("cut-off"))]);
    });

    test("a restore that cannot be fetched says what its Pod said, and leaves nothing", async () => {
      const source = spec("redis", "unreached");
      await backend.start(source, { signal: signal() });
      const restore = await backend.snapshot(source, { signal: signal() });
      // Of the Pod's own network: nobody listens there.
      const cutOff = bench.backend({ internalUrl: "http://127.0.0.1:9" });
      const starting = cutOff.start(spec("redis", "unfetched"), { restore, signal: signal() });
      const failure: unknown = await starting.catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "FC_CACHE_START_FAILED" });
      expect(errorText(failure)).toMatch(/restore.*127\.0\.0\.1/s);
      expect(await objectsOf("unfetched")).toEqual([]);
      await backend.delete(source.nodeKey);
    });

    test("a reboot does not wait for the pace of a snapshot that is being read, and both have the data", async () => {
      const node = spec("redis", "hurried");
      // At this pace, hours.
      const slow = bench.backend({ snapshotBytesPerSecond: 1_000 });
      const { endpoint, instance } = await slow.start(node, { signal: signal() });
      // More than all buffers on the way hold, so that the engine's process still writes; and it does not compress.
      const value = randomBytes(largeBytes).toString("base64");
      await redis(endpoint, "SET", "large", value);
      const snapshot = slow.snapshot(node, { signal: signal() });
      const isRead = async (): Promise<boolean> =>
        (await execRedis(client, instance, ["INFO", "persistence"])).stdout.includes("rdb_bgsave_in_progress:1");
      await expect.poll(isRead, { timeout: 30_000 }).toBe(true);
      const again = await slow.reboot(node, { signal: signal() });
      expect((await snapshot).sizeBytes).toBeGreaterThan(largeBytes);
      expect(await redis(again.endpoint, "STRLEN", "large")).toBe(value.length);
      await slow.delete(node.nodeKey);
    });

    test("a Pod that is deleted behind our back comes back at the same address with its data", async () => {
      const { endpoint, instance } = await backend.start(spec("redis", "drained"), { signal: signal() });
      await redis(endpoint, "SET", "k", "v");
      const lost = next("lost");
      const recovered = next("recovered");
      await client.deletePod(instance);
      expect(await lost).toMatchObject({ nodeKey: key("drained") });
      expect(await recovered).toMatchObject({ nodeKey: key("drained"), dataKept: true });
      expect(await redis(endpoint, "GET", "k")).toBe("v");
      // Long before its time is over: nobody stays with an engine whose writes wait.
      await expect.poll(() => client.getPod(instance), { timeout: 10_000 }).toBeUndefined();
      await backend.delete(key("drained"));
    });

    test("parameters are applied live, refused in the engine's words, or named for a reboot that applies them", async () => {
      const wanted = spec("redis", "params");
      const { instance } = await backend.start(wanted, { signal: signal() });
      // Three quarters of what the node type has: a quarter is reserved.
      expect(await config(instance, "maxmemory")).toBe("402653184");
      const parameters = { timeout: "77", databases: "3", activerehashing: "no", "notify-keyspace-events": "KEA" };
      const changed = { ...wanted, parameters: { ...parameters, "reserved-memory-percent": "50" } };
      const options = { signal: signal(), atReboot: ["activerehashing"] };
      expect(await backend.applyParameters(changed, options)).toEqual({
        pendingReboot: ["activerehashing", "databases"],
      });
      expect(await config(instance, "maxmemory")).toBe("268435456");
      expect(await config(instance, "notify-keyspace-events")).toBe("AKE");
      expect(await config(instance, "activerehashing")).toBe("yes");
      expect(await config(instance, "timeout")).toBe("77");
      const bad = { ...wanted, parameters: { "hash-max-ziplist-entries": "9", "maxmemory-policy": "nonsense" } };
      await expect(backend.applyParameters(bad, { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_PARAMETER_REJECTED",
        details: { parameter: "maxmemory-policy" },
      });
      const rebooted = await backend.reboot(changed, { signal: signal() });
      expect(await config(rebooted.instance, "databases")).toBe("3");
      expect(await config(rebooted.instance, "activerehashing")).toBe("no");
      expect(await config(rebooted.instance, "maxmemory")).toBe("268435456");
      await backend.delete(wanted.nodeKey);
    });

    test("an engine version has the image that is named for it, also after an upgrade, which keeps the data", async () => {
      const versions = { "redis7.0": "redis:7" };
      const imaged = bench.backend({ images: { ...bench.cluster.images, versions } });
      const imageOf = async (pod: string) => (await client.getPod(pod))?.spec?.containers[0]?.image;
      const wanted = spec("redis", "versioned", { engineVersion: "7.0" });
      const { endpoint, instance } = await imaged.start(wanted, { signal: signal() });
      await redis(endpoint, "SET", "k", "v");
      expect(await imageOf(instance)).toBe("redis:7");
      const upgraded = await imaged.reboot({ ...wanted, engineVersion: "7.1" }, { signal: signal() });
      expect(await imageOf(upgraded.instance)).toBe("redis:7-alpine");
      expect(await redis(endpoint, "GET", "k")).toBe("v");
      await imaged.delete(wanted.nodeKey);
    });

    test("an image that cannot be pulled is reported with its reason, and nothing is left", async () => {
      const broken = bench.backend({ images: { redis: "registry.invalid/no-such:1" } });
      await expect(broken.start(spec("redis", "unpullable"), { signal: signal() })).rejects.toMatchObject({
        code: "FC_CACHE_START_FAILED",
        details: { reason: expect.stringMatching(/^(ErrImagePull|ImagePullBackOff)$/) },
      });
      expect(await objectsOf("unpullable")).toEqual([]);
    });

    test("a node that is deleted while it starts leaves nothing", async () => {
      const starting = backend.start(spec("redis", "hasty"), { signal: signal() });
      starting.catch(() => undefined);
      await backend.delete(key("hasty"));
      await expect(starting).rejects.toMatchObject({ code: "FC_CACHE_START_FAILED" });
      expect(await objectsOf("hasty")).toEqual([]);
      await backend.delete(key("hasty"));
    });

    test("another installation in the namespace has a cache of the same id of its own, and removes none of ours", async () => {
      const { kubeconfig, namespace } = bench.cluster;
      await using stranger = await K8sClient.connect({ kubeconfig, namespace, installationId: "another" });
      await using other = bench.backend({ client: stranger, deleteOnClose: true });
      const wanted = spec("memcached", "shared");
      const ours = await backend.start(wanted, { signal: signal() });
      const theirs = await other.start(wanted, { signal: signal() });
      expect(theirs.endpoint.address).not.toBe(ours.endpoint.address);
      other.keepOnly(() => false);
      await other.reapStale();
      await other.delete(wanted.nodeKey);
      expect(await memcached(ours.endpoint, "version")).toMatch(/^VERSION/);
      expect(await objectsOf("shared")).toHaveLength(2);
      await backend.delete(wanted.nodeKey);
    });

    test("what a process that died left is removed: strays beside a node's Pod, and nodes that the service does not know", async () => {
      await backend.start(spec("redis", "kept"), { signal: signal() });
      const [pod] = await client.listPods(`fakecloud-elasticache=kept`);
      const leave = (name: string, nodeKey: string) => {
        const { labels = {} } = pod?.metadata ?? {};
        const meta = { name, labels, annotations: { "fakecloud-cache-node-key": nodeKey } };
        const spec = { containers: [{ name: "cache", image: "busybox:1.36", command: ["sleep", "1000"] }] };
        const metadata = client.owned(meta, "installation", "elasticache");
        return client.createPod(podDefaults({ metadata, spec }, { runAsUser: 999 }));
      };
      await Promise.all([leave("stray", key("kept")), leave("forgotten", "forgotten")]);
      backend.keepOnly((nodeKey) => nodeKey !== "forgotten");
      const names = async () =>
        (await client.listPods("fakecloud-service=elasticache")).map(({ metadata }) => metadata?.name);
      await expect.poll(names, { timeout: 60_000 }).toEqual([pod?.metadata?.name]);
      await backend.delete(key("kept"));
    });
  });
}
