import type { CacheGroupSpec } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, openBench, removeGroup, signal } from "./cases-bench.ts";
import { redis } from "./engine-client.ts";
import { groupSpec } from "./group-cases.ts";
import { clusterSpec, connect, evenSlots, fill, verify } from "./slot-bench.ts";

/** What nodes keep on volumes, the same on every cluster. */
export function persistenceCases(name: string, start: () => Promise<CasesCluster>): void {
  describe(name, () => {
    let bench: CasesBench;
    let client: K8sClient;
    let backend: ElastiCacheK8sBackend;
    const over = (deleteOnClose = true): ElastiCacheK8sBackend =>
      bench.backend({
        persistence: { sizeMib: 64, chown: bench.cluster.rootOwnsVolumes === true },
        deleteOnClose,
      });
    const claims = async (id: string): Promise<string[]> => {
      const found = await client.listPersistentVolumeClaims(`fakecloud-elasticache=${id}`);
      return found.flatMap(({ metadata }) => (metadata?.deletionTimestamp === undefined ? (metadata?.name ?? []) : []));
    };
    /** As a machine that loses power: no engine gets to say anything. */
    const loseAllPods = async (id: string): Promise<void> => {
      const pods = await client.listPods(`fakecloud-elasticache=${id}`);
      await Promise.all(pods.map(({ metadata }) => client.deletePod(metadata?.name ?? "", { gracePeriodSeconds: 0 })));
    };
    const recovered = (count: number): Promise<void> =>
      new Promise((resolve) => {
        let left = count;
        const stop = backend.onEvent(({ type }) => {
          if (type !== "recovered") return;
          left -= 1;
          if (left > 0) return;
          stop();
          resolve();
        });
      });

    beforeAll(async () => {
      bench = await openBench(start, "persistence");
      client = bench.client;
      backend = over();
    });

    afterAll(() => bench?.[Symbol.asyncDispose]());

    test("an engine that is killed loses no answered write, and neither does a reboot; deleting leaves no claim", async () => {
      const wanted = spec("valkey", "kept");
      const { endpoint } = await backend.start(wanted, { signal: signal() });
      const [claim] = await claims("kept");
      expect(claim).toBeDefined();
      for (let index = 0; index < 100; index += 1) await redis(endpoint, "SET", `k${index}`, "v");
      const back = recovered(1);
      await loseAllPods("kept");
      await back;
      expect(await redis(endpoint, "DBSIZE")).toBe(100);
      await redis(endpoint, "SET", "before-reboot", "yes");
      expect((await backend.reboot(wanted, { signal: signal() })).endpoint).toEqual(endpoint);
      expect(await redis(endpoint, "DBSIZE")).toBe(101);
      expect(await claims("kept")).toHaveLength(1);
      await redis(endpoint, "SET", "after-reboot", "yes");
      const again = recovered(1);
      await loseAllPods("kept");
      await again;
      expect(await redis(endpoint, "DBSIZE")).toBe(102);
      await backend.delete(wanted.nodeKey);
      expect(await claims("kept")).toEqual([]);
    });

    test("a server without volumes leaves none of a node that it reboots or deletes, and the node never goes back to old data", async () => {
      const wanted = spec("redis", "given-up");
      const onVolume = async (): Promise<void> => {
        await using former = over(false);
        const { endpoint } = await former.start(wanted, { signal: signal() });
        await redis(endpoint, "SET", "k", "v");
      };
      await onVolume();
      expect(await claims("given-up")).toHaveLength(1);
      await using without = bench.backend({ deleteOnClose: false });
      await without.start(wanted, { signal: signal() });
      const { endpoint } = await without.reboot(wanted, { signal: signal() });
      expect(await redis(endpoint, "GET", "k")).toBe("v");
      expect(await claims("given-up")).toEqual([]);
      await without.delete(wanted.nodeKey);
      await onVolume();
      await without.delete(wanted.nodeKey);
      expect(await claims("given-up")).toEqual([]);
    });

    test("what is lost while no server watches is found at its volume, and claims of unknown nodes go", async () => {
      const wanted = spec("redis", "unwatched");
      {
        await using first = over(false);
        const { endpoint } = await first.start(wanted, { signal: signal() });
        await redis(endpoint, "SET", "k", "v");
      }
      await loseAllPods("unwatched");
      const { endpoint } = await backend.start(wanted, { signal: signal() });
      expect(await redis(endpoint, "GET", "k")).toBe("v");
      await backend.delete(wanted.nodeKey);
      const meta = { name: "orphan", labels: { "fakecloud-elasticache": "orphan" } };
      await client.createPersistentVolumeClaim({
        metadata: client.owned(meta, "installation", "elasticache"),
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
      });
      backend.keepOnly(() => true);
      expect(await claims("orphan")).toHaveLength(1);
      backend.keepOnly(() => false);
      await expect.poll(() => claims("orphan"), { timeout: 10_000 }).toEqual([]);
      // What other backends make is known again.
      backend.keepOnly(() => true);
    });

    test("a group whose Pods are all lost at once comes back with its data", async () => {
      const group = groupSpec("redis", "kept-group", 2);
      const status = await backend.startGroup(group, { signal: signal() });
      const primary = status.shards[0]?.primaryEndpoint;
      if (primary === undefined) throw new Error("no primary");
      for (let index = 0; index < 50; index += 1) await redis(primary, "SET", `k${index}`, "v");
      const back = recovered(2);
      await loseAllPods("kept-group");
      await back;
      await expect.poll(() => redis(primary, "DBSIZE").catch(() => "away"), { timeout: 30_000 }).toBe(50);
      const after = await backend.startGroup(group, { signal: signal() });
      expect(after.shards[0]?.primaryEndpoint).toEqual(primary);
      expect(await redis(after.shards[0]?.readerEndpoint ?? primary, "DBSIZE")).toBe(50);
      expect(await claims("kept-group")).toHaveLength(2);
    });

    test("a replica counts once all data is on its volume, too, so that it can be the one that the group goes on with", async () => {
      // Each key takes so many microseconds to be written into a file, in the background.
      const parameters = { "rdb-key-save-delay": "20000" };
      const group = (nodes: number): CacheGroupSpec => groupSpec("redis", "written", nodes, { parameters });
      const alone = await backend.startGroup(group(1), { signal: signal() });
      const primary = alone.shards[0]?.primaryEndpoint;
      if (primary === undefined) throw new Error("no primary");
      for (let index = 0; index < 100; index += 1) await redis(primary, "SET", `k${index}`, "v");
      const { nodes } = await backend.startGroup(group(2), { signal: signal() });
      const replica = nodes[group(2).shards[0]?.nodes[1]?.nodeKey ?? ""]?.instance ?? "";
      const { stdout } = await execRedis(client, replica, ["INFO", "persistence"]);
      expect(stdout).toMatch(/^aof_enabled:1\r?$/m);
      expect(stdout).toMatch(/^aof_rewrite_in_progress:0\r?$/m);
      await removeGroup(backend, group(2));
      expect(await claims("written")).toEqual([]);
    });

    test("a group in cluster mode has its keys and slots again when all Pods are lost at once, watched or not", async () => {
      const group = clusterSpec("kept-slots", evenSlots(2), 2);
      const first = await (async () => {
        await using former = over(false);
        const started = await former.startGroup(group, { signal: signal() });
        await using cluster = connect(started);
        await fill(cluster);
        return started;
      })();
      await loseAllPods("kept-slots");
      const again = await backend.startGroup(group, { signal: signal() });
      expect(again.configurationEndpoint).toEqual(first.configurationEndpoint);
      await using cluster = connect(again);
      await verify(cluster);
      const back = recovered(4);
      await loseAllPods("kept-slots");
      await back;
      await backend.startGroup(group, { signal: signal() });
      await verify(cluster);
      expect(await claims("kept-slots")).toHaveLength(4);
    });
  });
}
