import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { CacheGroupSpec, CacheGroupStatus, CacheNodeStatus, CacheShardStatus } from "../../backend/backend.ts";
import { type ConformanceCase, casesOf } from "../conformance-case.ts";
import { failureOf } from "../expectations.ts";
import type { CacheClient, CacheEndpoint } from "../target.ts";

/** Waits until the key has the value: replication is asynchronous. */
export async function becomes(
  client: CacheClient,
  at: CacheEndpoint,
  [key, value]: readonly [string, string],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const seen = await client.get(at, key).catch((error: unknown) => String(error));
    if (seen === value) return;
    await delay(20, undefined, { signal }).catch(() => assert.fail(`${key} never becomes ${value}, but is ${seen}`));
  }
}

interface Endpoints {
  readonly shard: CacheShardStatus;
  readonly primary: CacheEndpoint;
  readonly reader: CacheEndpoint;
  readonly keys: readonly string[];
  readonly nodes: readonly CacheNodeStatus[];
}

/** The only shard, and its nodes in their order. */
export function endpointsOf(spec: CacheGroupSpec, status: CacheGroupStatus): Endpoints {
  const [shard] = status.shards;
  assert.ok(shard !== undefined, "the group has no shard");
  const keys = spec.shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => nodeKey);
  const nodes = keys.map((key) => {
    const node = status.nodes[key];
    assert.ok(node !== undefined, `the group's status lacks the node ${key}`);
    return node;
  });
  return { shard, primary: shard.primaryEndpoint, reader: shard.readerEndpoint, keys, nodes };
}

export const groupCases: readonly ConformanceCase[] = casesOf("groups", (add) => {
  const needs = ["replication"] as const;

  add(
    "replicas and the reader endpoint have what the primary is written, and replicas take no writes",
    async (bench) => {
      const group = bench.group("a", 3);
      const { primary, reader, shard, keys, nodes } = endpointsOf(group, await bench.startGroup(group));
      assert.equal(shard.primary, keys[0]);
      const client = bench.client("redis");
      await client.set(primary, "k", "v");
      for (const { endpoint } of nodes) await becomes(client, endpoint, ["k", "v"], bench.signal);
      await becomes(client, reader, ["k", "v"], bench.signal);
      for (const { endpoint } of nodes.slice(1)) await failureOf(client.set(endpoint, "k", "w"));
    },
    { needs },
  );

  add(
    "a replica that is promoted takes the writes of the primary endpoint, which stays, with the data",
    async (bench) => {
      const group = bench.group("b", 2);
      const { primary, keys, nodes } = endpointsOf(group, await bench.startGroup(group));
      const client = bench.client("redis");
      await client.set(primary, "k", "v");
      const nodeKey = keys[1] ?? "";
      const after = endpointsOf(group, await bench.backend.failover(group, { nodeKey, signal: bench.signal }));
      assert.equal(after.shard.primary, nodeKey);
      assert.deepEqual(after.primary, primary);
      assert.equal(await client.get(primary, "k"), "v");
      await client.set(primary, "k", "w");
      for (const { endpoint } of nodes) await becomes(client, endpoint, ["k", "w"], bench.signal);
      assert.equal(endpointsOf(group, await bench.startGroup(group)).shard.primary, nodeKey);
    },
    { needs },
  );

  add(
    "replicas that are added have the data, and one that is taken out goes on alone",
    async (bench) => {
      const [two, three] = [bench.group("c", 2), bench.group("c", 3)];
      const before = endpointsOf(two, await bench.startGroup(two));
      const client = bench.client("redis");
      await client.set(before.primary, "k", "v");
      const more = endpointsOf(three, await bench.startGroup(three));
      assert.deepEqual([more.primary, more.nodes.slice(0, 2)], [before.primary, before.nodes]);
      const added = more.nodes[2]?.endpoint ?? { address: "", port: 0 };
      await becomes(client, added, ["k", "v"], bench.signal);
      await bench.startGroup(two);
      await client.set(added, "alone", "v");
      assert.equal(await client.get(before.primary, "alone"), undefined);
    },
    { needs },
  );

  add(
    "deleting a group leaves its nodes until they are deleted",
    async (bench) => {
      const group = bench.group("d", 2);
      const { nodes } = endpointsOf(group, await bench.startGroup(group));
      await bench.backend.deleteGroup(group.groupKey, { signal: bench.signal });
      await bench.backend.deleteGroup(group.groupKey, { signal: bench.signal });
      for (const { endpoint } of nodes) assert.equal(await bench.client("redis").get(endpoint, "k"), undefined);
    },
    { needs },
  );
});
