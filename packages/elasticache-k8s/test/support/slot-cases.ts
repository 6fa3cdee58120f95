import type { CacheGroupSpec, CacheGroupStatus, CacheNodeSpec } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ElastiCacheK8sBackend } from "../../src/index.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, openBench, signal } from "./cases-bench.ts";

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
    const connect = ({ configurationEndpoint }: CacheGroupStatus): Cluster & AsyncDisposable => {
      const { address: host = "", port } = configurationEndpoint ?? {};
      const cluster = new Cluster([{ host, port }]);
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
  });
}
