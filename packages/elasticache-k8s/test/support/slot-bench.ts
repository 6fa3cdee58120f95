import type { CacheGroupSpec, CacheGroupStatus, CacheNodeEvent, CacheNodeSpec } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import { Cluster, type Redis, type RedisOptions } from "ioredis";
import { expect } from "vitest";
import { type ElastiCacheK8sBackend, execRedis } from "../../src/index.ts";
import { spec } from "./backend-cases.ts";
import { type CasesBench, type CasesCluster, nextEvent, openBench, removeGroup } from "./cases-bench.ts";
import { redis } from "./engine-client.ts";

/** The slots of the first `count` of shards, as even as can be. */
export function evenSlots(count: number): string[] {
  const firsts = Array.from({ length: count + 1 }, (_, index) => Math.floor((16_384 * index) / count));
  return firsts.slice(0, -1).map((first, index) => `${first}-${(firsts[index + 1] ?? 0) - 1}`);
}

/** A group in cluster mode: a shard with so many nodes for each of these slots. */
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

/** A client that knows of clusters, as users have it. */
export function connect(
  { configurationEndpoint }: CacheGroupStatus,
  redisOptions: Pick<RedisOptions, "username" | "password" | "tls"> = {},
): Cluster & AsyncDisposable {
  const { address: host = "", port } = configurationEndpoint ?? {};
  const cluster = new Cluster([{ host, port }], { redisOptions });
  cluster.on("error", () => undefined);
  // ioredis repeats a command whose connection ends, but leaves the ASKING before it to nobody.
  cluster.on("+node", (node: Redis) => {
    const { asking } = node;
    node.asking = (...args: []) => {
      const asked = asking.apply(node, args);
      asked.catch(() => undefined);
      return asked;
    };
  });
  return Object.assign(cluster, { [Symbol.asyncDispose]: () => Promise.resolve(cluster.disconnect()) });
}

/** Writes `count` keys. */
export async function fill(cluster: Cluster, count = 200): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => cluster.set(`k${n}`, `v${n}`)));
}

/** All keys of {@link fill} are there. */
export async function verify(cluster: Cluster, count = 200): Promise<void> {
  const values = await Promise.all(Array.from({ length: count }, (_, n) => cluster.get(`k${n}`)));
  expect(values).toEqual(Array.from({ length: count }, (_, n) => `v${n}`));
}

/** Writes and reads in a loop until `done`: no command may fail, and every key that was acknowledged is there at the end. Gives how many. */
export async function underLoad(cluster: Cluster, done: Promise<unknown>): Promise<number> {
  let over = false;
  const finished = done.finally(() => {
    over = true;
  });
  finished.catch(() => undefined);
  const written: string[] = [];
  while (!over) {
    const keys = Array.from({ length: 20 }, (_, index) => `load${written.length + index}`);
    await Promise.all(keys.map((key) => cluster.set(key, key)));
    written.push(...keys);
    const asked = `load${Math.floor(written.length / 2)}`;
    expect(await cluster.get(asked)).toBe(asked);
  }
  await finished;
  for (let at = 0; at < written.length; at += 500) {
    const keys = written.slice(at, at + 500);
    expect(await Promise.all(keys.map((key) => cluster.get(key)))).toEqual(keys);
  }
  return written.length;
}

/** What each node that serves says of the cluster. */
export function views(status: CacheGroupStatus): Promise<string[]> {
  return Promise.all(
    Object.values(status.nodes).map(async ({ endpoint }) => String(await redis(endpoint, "CLUSTER", "NODES"))),
  );
}

/** What cases of cluster mode stand on. */
export interface SlotBench extends AsyncDisposable {
  readonly bench: CasesBench;
  readonly client: K8sClient;
  readonly backend: ElastiCacheK8sBackend;
  /** Deletes the group and its nodes. */
  readonly remove: (group: CacheGroupSpec) => Promise<void>;
  /** What there is of caches. */
  readonly left: () => Promise<string[]>;
  /** The next event of this kind. */
  readonly next: (type: CacheNodeEvent["type"], nodeKey: string) => Promise<CacheNodeEvent>;
  /** Ends an engine at once. */
  readonly crash: (instance: string) => Promise<unknown>;
}

export async function openSlotBench(start: () => Promise<CasesCluster>): Promise<SlotBench> {
  const bench = await openBench(start, "slots");
  const { client } = bench;
  const backend = bench.backend({ deleteOnClose: true });
  return {
    bench,
    client,
    backend,
    remove: (group) => removeGroup(backend, group),
    left: async () => {
      const selector = "fakecloud-service=elasticache";
      const kinds = await Promise.all([client.listPods(selector), client.listServices(selector)]);
      return kinds.flat().map(({ metadata }) => metadata?.name ?? "");
    },
    next: (type, nodeKey) => nextEvent(backend, type, nodeKey),
    crash: (instance) => execRedis(client, instance, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}
