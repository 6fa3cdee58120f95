import { createHash } from "node:crypto";
import { connect as connectTo } from "node:net";
import { deferred } from "@fc/core";
import type { CacheGroupSpec, CacheGroupStatus, CacheNodeEvent, CacheNodeSpec } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import { Cluster, type RedisOptions } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { RespConnection } from "../../src/resp/resp-connection.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, openBench, signal } from "./cases-bench.ts";
import { redis } from "./engine-client.ts";

/** The slots of the first `count` of shards, as even as can be. */
function evenSlots(count: number): string[] {
  const firsts = Array.from({ length: count + 1 }, (_, index) => Math.floor((16_384 * index) / count));
  return firsts.slice(0, -1).map((first, index) => `${first}-${(firsts[index + 1] ?? 0) - 1}`);
}

export function clusterSpec(
  id: string,
  slots: readonly string[],
  nodes: number,
  over: Partial<CacheNodeSpec> = {},
): CacheGroupSpec {
  return {
    groupKey: `000000000000/us-east-1/group/${id}/i1`,
    groupId: id,
    automaticFailover: true,
    shards: slots.map((each, index) => {
      const shardId = `000${index + 1}`;
      const members = Array.from({ length: nodes }, (_, at): CacheNodeSpec => {
        const memberId = `${id}-${shardId}-00${at + 1}`;
        const nodeKey = `000000000000/us-east-1/replication-group/${memberId}/i1`;
        const node = {
          nodeKey,
          memberId,
          resourceType: "replication-group",
          port: 7001,
          clusterEnabled: true,
        } as const;
        return spec("redis", id, { ...node, ...over });
      });
      return { shardId, slots: each, nodes: members };
    }),
  };
}

/** The same behaviour of cluster mode on every cluster. */
export function slotCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let client: K8sClient;
    let backend: ElastiCacheK8sBackend;
    const connect = (
      { configurationEndpoint }: CacheGroupStatus,
      redisOptions: Pick<RedisOptions, "password" | "tls"> = {},
    ): Cluster & AsyncDisposable => {
      const { address: host = "", port } = configurationEndpoint ?? {};
      const cluster = new Cluster([{ host, port }], { redisOptions });
      cluster.on("error", () => undefined);
      return Object.assign(cluster, {
        [Symbol.asyncDispose]: () => Promise.resolve(cluster.disconnect()),
      });
    };
    const remove = async (group: CacheGroupSpec): Promise<void> => {
      await backend.deleteGroup(group.groupKey);
      await Promise.all(group.shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => backend.delete(nodeKey)));
    };
    const left = async (): Promise<string[]> => {
      const selector = "fakecloud-service=elasticache";
      const kinds = await Promise.all([client.listPods(selector), client.listServices(selector)]);
      return kinds.flat().map(({ metadata }) => metadata?.name ?? "");
    };

    const next = (type: CacheNodeEvent["type"], nodeKey: string): Promise<CacheNodeEvent> => {
      const seen = deferred<CacheNodeEvent>();
      const stop = backend.onEvent((event) => {
        if (event.type !== type || event.nodeKey !== nodeKey) return;
        stop();
        seen.resolve(event);
      });
      return seen.promise;
    };
    const crash = (instance: string): Promise<unknown> =>
      execRedis(client, instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
    /** Writes and reads in a loop until `done`; every key that was acknowledged is asked for, and no command may fail. */
    const underLoad = async (cluster: Cluster, done: Promise<unknown>): Promise<number> => {
      let over = false;
      const finished = done.finally(() => {
        over = true;
      });
      finished.catch(() => undefined);
      let written = 0;
      while (!over) {
        const keys = Array.from({ length: 20 }, (_, index) => `load${written + index}`);
        await Promise.all(keys.map((key) => cluster.set(key, key)));
        written += keys.length;
        const asked = `load${Math.floor(written / 2)}`;
        expect(await cluster.get(asked)).toBe(asked);
      }
      await finished;
      for (let n = 0; n < written; n += 1) expect(await cluster.get(`load${n}`)).toBe(`load${n}`);
      return written;
    };
    /** What each node that serves says of the cluster. */
    const views = (status: CacheGroupStatus): Promise<string[]> =>
      Promise.all(
        Object.values(status.nodes).map(async ({ endpoint }) => String(await redis(endpoint, "CLUSTER", "NODES"))),
      );
    const fill = async (cluster: Cluster, count = 200): Promise<void> => {
      await Promise.all(Array.from({ length: count }, (_, n) => cluster.set(`k${n}`, `v${n}`)));
    };
    const verify = async (cluster: Cluster, count = 200): Promise<void> => {
      const values = await Promise.all(Array.from({ length: count }, (_, n) => cluster.get(`k${n}`)));
      expect(values).toEqual(Array.from({ length: count }, (_, n) => `v${n}`));
    };

    beforeAll(async () => {
      bench = await openBench(start, "slots");
      client = bench.client;
      backend = bench.backend({ deleteOnClose: true });
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    test("a cluster client finds every shard by the configuration endpoint, and each node by an address that it can reach", async () => {
      const group = clusterSpec("two", evenSlots(2), 2);
      const status = await backend.startGroup(group, { signal: signal() });
      await using cluster = connect(status);
      for (let n = 0; n < 100; n += 1) expect(await cluster.set(`k${n}`, `v${n}`)).toBe("OK");
      for (let n = 0; n < 100; n += 1) expect(await cluster.get(`k${n}`)).toBe(`v${n}`);
      const counts = await Promise.all(cluster.nodes("master").map((node) => node.dbsize()));
      expect(counts.every((count) => count > 0)).toBe(true);
      expect(counts.reduce((sum, count) => sum + count)).toBe(100);
      await expect(cluster.mget("a", "b")).rejects.toThrow(/CROSSSLOT/);
      const addresses = Object.values(status.nodes).map(({ endpoint }) => `${endpoint.address}:${endpoint.port}`);
      // Replicas are among the slots only once they were written to.
      const seen = String(await cluster.nodes()[0]!.call("CLUSTER", "NODES"));
      const told = [...seen.matchAll(/:(\d+)@\d+,([^ ,]+)/g)].map(([, port, host]) => `${host}:${port}`);
      expect(told.toSorted()).toEqual(addresses.toSorted());
      await remove(group);
      expect(await left()).toEqual([]);
    });

    test("slots move with their keys under load, to new shards and from shards that go, and nobody remembers those", {
      timeout: 120_000,
    }, async () => {
      const two = clusterSpec("reshard", evenSlots(2), 1);
      const three = clusterSpec("reshard", evenSlots(3), 1);
      const before = await backend.startGroup(two, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      await cluster.set("binary", Buffer.from([0xff, 0xc3, 0x28, 0x00]));
      await cluster.set(Buffer.from([0xff, 0xc3, 0x28, 0x00]), "key");
      const grown = await (async () => {
        const growing = backend.startGroup(three, { signal: signal() });
        expect(await underLoad(cluster, growing)).toBeGreaterThan(0);
        return await growing;
      })();
      await verify(cluster);
      expect(grown.shards.map(({ shardId }) => shardId)).toEqual(["0001", "0002", "0003"]);
      const third = grown.nodes[three.shards[2]!.nodes[0]!.nodeKey]!;
      expect(await redis(third.endpoint, "DBSIZE")).toBeGreaterThan(0);
      const shrinking = backend.startGroup(two, { signal: signal() });
      await underLoad(cluster, shrinking);
      const shrunk = await shrinking;
      await verify(cluster);
      expect(await cluster.get(Buffer.from([0xff, 0xc3, 0x28, 0x00]))).toBe("key");
      expect(shrunk.configurationEndpoint).toEqual(before.configurationEndpoint);
      for (const view of await views(shrunk)) expect(view.trim().split("\n")).toHaveLength(2);
      expect(await redis(third.endpoint, "DBSIZE")).toBe(0);
      await backend.delete(three.shards[2]!.nodes[0]!.nodeKey);
      await remove(two);
      expect(await left()).toEqual([]);
    });

    test("a move of slots that was cut off is completed by the next process, with every key", async () => {
      const even = clusterSpec("cut", evenSlots(2), 1);
      const uneven = clusterSpec("cut", ["0-99", "100-16383"], 1);
      await using first = await bench.connect();
      const leaving = bench.backend({ client: first });
      const before = await leaving.startGroup(even, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster, 2_000);
      const stop = new AbortController();
      const moving = leaving.startGroup(uneven, { signal: stop.signal });
      moving.catch(() => undefined);
      const target = before.nodes[even.shards[1]!.nodes[0]!.nodeKey]!;
      await expect
        .poll(
          async () =>
            / connected 0-|\[\d+-</.test(String(await redis(target.endpoint, "CLUSTER", "NODES"))) ||
            Number(await redis(target.endpoint, "DBSIZE")) > 1_050,
          { interval: 1 },
        )
        .toBe(true);
      stop.abort(new Error("cut off"));
      await expect(moving).rejects.toThrow();
      await leaving[Symbol.asyncDispose]();
      await verify(cluster, 2_000);
      const after = await backend.startGroup(uneven, { signal: signal() });
      expect(Object.values(after.nodes).map(({ endpoint }) => endpoint)).toEqual(
        Object.values(before.nodes).map(({ endpoint }) => endpoint),
      );
      await verify(cluster, 2_000);
      expect(Number(await redis(target.endpoint, "DBSIZE"))).toBeGreaterThan(1_900);
      await remove(even);
    });

    test("the next process finds addresses, slots and data, and no connection ends; it undoes a promotion that was cut off", async () => {
      const group = clusterSpec("adopted", evenSlots(2), 2);
      await using first = await bench.connect();
      const leaving = bench.backend({ client: first });
      const before = await leaving.startGroup(group, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      const { endpoint } = before.nodes[group.shards[0]!.nodes[0]!.nodeKey]!;
      using staying = new RespConnection(connectTo({ host: endpoint.address, port: endpoint.port }));
      await staying.call(["PING"]);
      await leaving[Symbol.asyncDispose]();
      expect(await backend.startGroup(group, { signal: signal() })).toEqual(before);
      expect(await staying.call(["PING"])).toBe("PONG");
      await verify(cluster);
      const { instance } = before.nodes[group.shards[1]!.nodes[1]!.nodeKey]!;
      await execRedis(client, instance, ["CLUSTER", "FAILOVER", "TAKEOVER"]);
      expect(await backend.startGroup(group, { signal: signal() })).toEqual(before);
      await verify(cluster);
      await remove(group);
    });

    test("a replica is promoted without a failed command, and when its engine is killed the other takes over with every write that it has", async () => {
      const group = clusterSpec("failover", evenSlots(2), 2);
      const [one = "", other = ""] = group.shards[0]!.nodes.map(({ nodeKey }) => nodeKey);
      const before = await backend.startGroup(group, { signal: signal() });
      await using cluster = connect(before);
      await underLoad(cluster, backend.failover(group, { nodeKey: other, signal: signal() }));
      await fill(cluster);
      const { instance, endpoint } = before.nodes[other]!;
      using writer = new RespConnection(connectTo({ host: endpoint.address, port: endpoint.port }));
      // A key of the first shard.
      await writer.call(["SET", "{k2}acknowledged", "v"]);
      expect(await writer.call(["WAIT", "1", "5000"])).toBe(1);
      const recovered = next("recovered", other);
      const killed = Date.now();
      await crash(instance);
      await expect
        .poll(() => cluster.set("{k2}after", "v").catch(() => undefined), { timeout: 20_000, interval: 50 })
        .toBe("OK");
      expect(Date.now() - killed).toBeLessThan(5_000);
      expect(await cluster.get("{k2}acknowledged")).toBe("v");
      expect(await recovered).toMatchObject({ dataKept: true });
      const after = await backend.startGroup(group, { signal: signal() });
      expect(after.shards[0]!.primary).toBe(one);
      expect(after.nodes[other]!.endpoint).toEqual(endpoint);
      await verify(cluster);
      for (const view of await views(after)) {
        expect(view.trim().split("\n")).toHaveLength(4);
        expect(view).not.toMatch(/(master|slave),fail/);
      }
      await remove(group);
    });

    test("when all Pods go at once the cluster heals: with the data when they are deleted, empty when their engines end", async () => {
      const group = clusterSpec("whole", evenSlots(2), 2);
      const before = await backend.startGroup(group, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      const all = (): Promise<unknown> =>
        Promise.all(group.shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => next("recovered", nodeKey)));
      const drained = all();
      await Promise.all(Object.values(before.nodes).map(({ instance }) => client.deletePod(instance)));
      await drained;
      const again = await backend.startGroup(group, { signal: signal() });
      await verify(cluster);
      const ended = all();
      await Promise.all(Object.values(again.nodes).map(({ instance }) => crash(instance)));
      await ended;
      const healed = await backend.startGroup(group, { signal: signal() });
      expect(await cluster.set("k2", "w")).toBe("OK");
      for (const view of await views(healed)) expect(view.trim().split("\n")).toHaveLength(4);
      await remove(group);
    });

    test("nodes get new Pods under load: a primary with replicas gives way, one alone hands over its data", async () => {
      const group = { ...clusterSpec("reboots", evenSlots(2), 2) };
      const [alone, ...rest] = group.shards;
      const mixed: CacheGroupSpec = { ...group, shards: [{ ...alone!, nodes: alone!.nodes.slice(0, 1) }, ...rest] };
      const before = await backend.startGroup(mixed, { signal: signal() });
      await using cluster = connect(before);
      await fill(cluster);
      await backend.reboot(mixed.shards[0]!.nodes[0]!, { signal: signal() });
      await verify(cluster);
      await underLoad(cluster, backend.reboot(mixed.shards[1]!.nodes[0]!, { signal: signal() }));
      await verify(cluster);
      const after = await backend.startGroup(mixed, { signal: signal() });
      expect(after.shards[1]!.primary).toBe(mixed.shards[1]!.nodes[1]!.nodeKey);
      for (const [nodeKey, { endpoint, instance }] of Object.entries(after.nodes)) {
        expect(endpoint).toEqual(before.nodes[nodeKey]!.endpoint);
        if (nodeKey !== after.shards[1]!.primary) expect(instance).not.toBe(before.nodes[nodeKey]!.instance);
      }
      await remove(mixed);
    });

    test.each(["required", "preferred"] as const)(
      "with TLS (%s) and a token the nodes form a cluster, and slots move",
      async (tls) => {
        const passwordHashes = [createHash("sha256").update("0123456789abcdef").digest("hex")];
        const users = [{ name: "default", rules: "on ~* &* +@all", passwordHashes, open: false }];
        const over = { access: { tls, users } } as const;
        const status = await backend.startGroup(clusterSpec(`tls-${tls}`, evenSlots(2), 2, over), { signal: signal() });
        const ca = await backend.certificateAuthority();
        const redisOptions = { password: "0123456789abcdef", tls: { ca } };
        await using cluster = connect(status, redisOptions);
        await fill(cluster);
        const uneven = clusterSpec(`tls-${tls}`, ["0-999", "1000-16383"], 2, over);
        await backend.startGroup(uneven, { signal: signal() });
        await verify(cluster);
        if (tls === "preferred") {
          await using clear = connect(status, { password: "0123456789abcdef" });
          await verify(clear);
        }
        await backend.failover(uneven, { nodeKey: uneven.shards[0]!.nodes[1]!.nodeKey, signal: signal() });
        await verify(cluster);
        await remove(uneven);
      },
    );

    test("each shard is restored with the snapshot of its keys", async () => {
      const group = clusterSpec("taken", evenSlots(2), 1);
      const taken = await backend.startGroup(group, { signal: signal() });
      await using source = connect(taken);
      await fill(source);
      const restore = Object.fromEntries(
        await Promise.all(
          group.shards.map(
            async ({ shardId, nodes }) => [shardId, await backend.snapshot(nodes[0]!, { signal: signal() })] as const,
          ),
        ),
      );
      const copy = clusterSpec("restored", evenSlots(2), 2);
      const restored = await backend.startGroup(copy, { restore, signal: signal() });
      await using cluster = connect(restored);
      await verify(cluster);
      await remove(group);
      await remove(copy);
    });
  });
}
