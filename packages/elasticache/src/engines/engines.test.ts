import { describe, expect, test } from "vitest";
import { codeOf, harness } from "../../test/harness.ts";
import { createIntrospection } from "../introspection.ts";
import { accepts, parameters } from "./parameters/parameter.ts";
import { compareVersions, engineVersion } from "./versions.ts";

describe("DescribeCacheEngineVersions", () => {
  test("lists every version by engine, oldest first", () => {
    const { CacheEngineVersions = [] } = harness().call("DescribeCacheEngineVersions", { Engine: "redis" });
    expect(CacheEngineVersions.map((row) => row.EngineVersion)).toEqual(["6.0", "6.2", "7.0", "7.1"]);
  });

  test("filters by family and default", () => {
    const h = harness();
    const rows = h.call("DescribeCacheEngineVersions", { DefaultOnly: true }).CacheEngineVersions ?? [];
    expect(rows.map((row) => `${row.Engine} ${row.EngineVersion}`)).toEqual([
      "memcached 1.6.22",
      "redis 7.1",
      "valkey 8.0",
    ]);
    const family = h.call("DescribeCacheEngineVersions", { CacheParameterGroupFamily: "valkey7" });
    expect(family.CacheEngineVersions).toHaveLength(1);
  });
});

test("6.x means the newest version 6", () => {
  expect(engineVersion("redis", "6.x").version).toBe("6.2");
});

test("versions are compared by number, not by text", () => {
  expect(compareVersions("1.6.22", "1.6.6")).toBeGreaterThan(0);
});

test("ListAllowedNodeTypeModifications divides by memory and needs one target", async () => {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "a", CacheNodeType: "cache.t3.small" });
  const lists = h.call("ListAllowedNodeTypeModifications", { CacheClusterId: "a" });
  expect(lists.ScaleUpModifications).toContain("cache.m5.large");
  expect(lists.ScaleDownModifications).toContain("cache.t3.micro");
  expect(lists.ScaleUpModifications).not.toContain("cache.t3.small");
  expect(codeOf(() => h.call("ListAllowedNodeTypeModifications", {}))).toBe("InvalidParameterCombinationException");
});

test("a parameter takes ranges with negative bounds, single numbers and words", () => {
  const [size, words] = parameters("6.0.0", [
    ["size", "-2", "-5--1,10-20", ""],
    ["words", "a", "a,b", ""],
  ]);
  expect(["-5", "-1", "10", "20"].every((value) => accepts(size!, value))).toBe(true);
  expect(["-6", "0", "21", "1x", ""].some((value) => accepts(size!, value))).toBe(false);
  expect([accepts(words!, "b"), accepts(words!, "c")]).toEqual([true, false]);
});

test("introspection tells each node of a memcached cluster", async () => {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached", NumCacheNodes: 2 });
  await h.settle();
  const [cluster] = createIntrospection(h.plane).clusters().clusters;
  expect(cluster?.cacheNodes?.map((node) => [node.cacheNodeId, node.status, typeof node.containerId])).toEqual([
    ["0001", "available", "string"],
    ["0002", "available", "string"],
  ]);
});

test("introspection lists clusters and groups of all accounts and regions", async () => {
  const h = harness();
  h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d" });
  h.call("CreateCacheCluster", { CacheClusterId: "a" }, { region: "eu-west-1" });
  const introspect = createIntrospection(h.plane);
  expect(introspect.clusters().clusters.map((c) => [c.region, c.cacheClusterId, c.port])).toEqual([
    ["eu-west-1", "a", 0],
    ["us-east-1", "g-001", 0],
  ]);
  await h.settle();
  expect(introspect.clusters().clusters[1]).toMatchObject({
    port: 6379,
    containerId: expect.stringMatching(/^memory-/),
  });
  expect(introspect.replicationGroups().replicationGroups[0]).toMatchObject({
    replicationGroupId: "g",
    status: "available",
    memberClusters: ["g-001"],
    multiAz: false,
  });
  expect(introspect.replicationGroups().replicationGroups[0]?.shards).toEqual([
    {
      shardId: "0001",
      slots: null,
      primaryEndpoint: { address: expect.any(String), port: 6379 },
      readerEndpoint: { address: expect.any(String), port: 6379 },
      members: [
        {
          cacheClusterId: "g-001",
          role: "primary",
          status: "available",
          availabilityZone: expect.stringContaining("us-east-1"),
          endpoint: { address: expect.any(String), port: 6379 },
          containerId: introspect.clusters().clusters[1]?.containerId,
        },
      ],
    },
  ]);
  expect(introspect.serverlessCaches()).toEqual({ serverlessCaches: [] });
  expect(introspect.acls()).toEqual({ acls: [] });
});
