import type { CacheGroupSpec, CacheNodeSpec, CacheShardSpec } from "@fc/elasticache/backend";
import { expect, test } from "vitest";
import { CacheGroup, CacheGroups } from "./cache-group.ts";
import { buildShardService, readersLabel, recordedPrimary } from "./group-endpoints.ts";

const node = (nodeKey: string): CacheNodeSpec => ({
  nodeKey,
  account: "000000000000",
  region: "us-east-1",
  resourceType: "replication-group",
  resourceId: "My_Group",
  memberId: `grp-${nodeKey}`,
  nodeId: "0001",
  engine: "valkey",
  engineVersion: "8.0",
  nodeType: "cache.t3.micro",
  port: 7001,
  parameters: {},
  tags: {},
});
const shard: CacheShardSpec = { shardId: "0001", nodes: [node("a"), node("b")] };
const spec: CacheGroupSpec = { groupKey: "g", groupId: "My_Group", automaticFailover: true, shards: [shard] };

test("the primary's Service leads to one Pod and says whose it is, the reader's to all that have the label", () => {
  const named = { name: "s", primary: "b", podName: "pod-b" };
  const primary = buildShardService(spec, shard, { ...named, endpoint: "primary" });
  expect(primary.spec).toMatchObject({
    selector: { "fakecloud-cache-pod": "pod-b" },
    ports: [{ port: 7001, targetPort: 6379 }],
  });
  expect(primary.metadata?.labels).toMatchObject({
    "fakecloud-elasticache": "my-group",
    "fakecloud-cache-endpoint": "primary",
  });
  expect(primary.metadata?.annotations?.["fakecloud-cache-node-key"]).toBe("g");
  expect(recordedPrimary(primary)).toBe("b");
  const reader = buildShardService(spec, shard, { ...named, endpoint: "reader" });
  expect(reader.spec?.selector).toEqual({ "fakecloud-cache-readers": readersLabel("g", "0001") });
});

test("readers of one shard are not those of another, nor of another group", () => {
  const labels = [readersLabel("g", "0001"), readersLabel("g", "0002"), readersLabel("h", "0001")];
  expect(new Set(labels).size).toBe(3);
  for (const label of labels) expect(label.length).toBeLessThanOrEqual(63);
});

test("a node is found in the group that it is a member of, for as long as it is one", () => {
  const groups = new CacheGroups();
  const group = groups.claim(spec);
  expect(groups.of("b")).toBe(group);
  group.spec = { ...spec, shards: [{ ...shard, nodes: [node("a")] }] };
  expect(groups.of("b")).toBeUndefined();
  groups.forget("g");
  expect([groups.of("a"), groups.has("g")]).toEqual([undefined, false]);
});

test("roles change one at a time", async () => {
  const group = new CacheGroup(spec);
  const { signal } = new AbortController();
  const order: string[] = [];
  const first = group.run(async () => {
    order.push("first begins");
    await Promise.resolve();
    order.push("first ends");
  }, signal);
  const second = group.run(async () => void order.push("second"), signal);
  await Promise.all([first, second]);
  expect(order).toEqual(["first begins", "first ends", "second"]);
});
