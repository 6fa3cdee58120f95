import {
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
  type ReplicationGroup,
  waitUntilReplicationGroupAvailable,
} from "@aws-sdk/client-elasticache";
import { Cluster, type Redis } from "ioredis";
import { expect } from "vitest";
import { quickly } from "./clients.ts";

/** What a group in cluster mode is created with, beside its id and its shards. */
export const inClusterMode = {
  ReplicationGroupDescription: "x",
  CacheNodeType: "cache.t3.micro",
  AutomaticFailoverEnabled: true,
} as const;

export async function describedGroup(client: ElastiCacheClient, id: string): Promise<ReplicationGroup> {
  const { ReplicationGroups } = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: id }));
  return ReplicationGroups?.[0] ?? {};
}

export async function availableGroup(client: ElastiCacheClient, id: string): Promise<ReplicationGroup> {
  await waitUntilReplicationGroupAvailable({ client, ...quickly }, { ReplicationGroupId: id });
  return await describedGroup(client, id);
}

/** A cluster client that knows the configuration endpoint only. */
export function connectCluster({ ConfigurationEndpoint }: ReplicationGroup): Cluster & Disposable {
  const { Address: host = "", Port: port = 0 } = ConfigurationEndpoint ?? {};
  const cluster = new Cluster([{ host, port }]);
  // ioredis repeats a command whose connection ends, but leaves the ASKING before it to nobody.
  cluster.on("+node", (node: Redis) => {
    const { asking } = node;
    node.asking = (...args: []) => {
      const asked = asking.apply(node, args);
      asked.catch(() => undefined);
      return asked;
    };
  });
  return Object.assign(cluster, { [Symbol.dispose]: () => cluster.disconnect() });
}

/** So many keys, in all slots, are written again and again. */
const keys = 2_000;

/** Writes keys until the work is done, and gives their acknowledged values. A refused command fails. */
export async function writingDuring(cluster: Cluster, work: Promise<unknown>): Promise<ReadonlyMap<string, string>> {
  let ended = false;
  const end = work.finally(() => {
    ended = true;
  });
  end.catch(() => undefined);
  const written = new Map<string, string>();
  for (let count = 0; !ended; count += 20) {
    const batch = Array.from({ length: 20 }, (_, index) => [`k${(count + index) % keys}`, `v${count}`] as const);
    await Promise.all(batch.map(([key, value]) => cluster.set(key, value)));
    for (const [key, value] of batch) written.set(key, value);
  }
  await end;
  return written;
}

/** Looks that the keys have the values that were acknowledged last. */
export async function expectWritten(cluster: Cluster, written: ReadonlyMap<string, string>): Promise<void> {
  expect(written.size).toBeGreaterThan(0);
  const found = await Promise.all([...written.keys()].map(async (key) => [key, await cluster.get(key)] as const));
  expect(found.filter(([key, value]) => written.get(key) !== value)).toEqual([]);
}
