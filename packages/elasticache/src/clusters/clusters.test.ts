import { describe, expect, test } from "vitest";
import { codeOf, harness, thrown } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

const startFailed = (reason: string, retryable = false): CacheBackendError =>
  new CacheBackendError("FC_CACHE_START_FAILED", "the Pod did not start", { details: { reason }, retryable });

describe("CreateCacheCluster", () => {
  test("answers creating without endpoints and becomes available with them", async () => {
    const h = harness();
    const { CacheCluster } = h.call("CreateCacheCluster", { CacheClusterId: "My-Cache" });
    expect(CacheCluster).toMatchObject({
      CacheClusterId: "my-cache",
      CacheClusterStatus: "creating",
      Engine: "redis",
      EngineVersion: "7.1.0",
      CacheNodeType: "cache.t3.micro",
      ARN: "arn:aws:elasticache:us-east-1:111122223333:cluster:my-cache",
      CacheSubnetGroupName: "default",
    });
    expect(CacheCluster?.PreferredMaintenanceWindow).toMatch(/^\w{3}:\d\d:\d\d-\w{3}:\d\d:\d\d$/);
    expect(CacheCluster?.SnapshotWindow).toMatch(/^\d\d:\d\d-\d\d:\d\d$/);
    const before = h.call("DescribeCacheClusters", { ShowCacheNodeInfo: true }).CacheClusters?.[0];
    expect(before?.CacheNodes?.[0]?.Endpoint).toBeUndefined();
    await h.settle();
    const after = h.call("DescribeCacheClusters", { CacheClusterId: "MY-CACHE", ShowCacheNodeInfo: true });
    expect(after.CacheClusters?.[0]).toMatchObject({
      CacheClusterStatus: "available",
      CacheNodes: [{ CacheNodeId: "0001", Endpoint: { Address: "my-cache.cache.invalid", Port: 6379 } }],
    });
    expect(h.eventsOf("my-cache")).toEqual([
      "Added cache node 0001 in availability zone us-east-1a",
      "Cache cluster created",
    ]);
  });

  test("gives the backend the parameters of the group and the tags", async () => {
    const h = harness();
    h.call("CreateCacheCluster", {
      CacheClusterId: "a",
      Engine: "valkey",
      Port: 7000,
      Tags: [{ Key: "empty", Value: "" }],
    });
    await h.settle();
    const [node] = [...h.backend.nodes.values()];
    expect(node?.spec).toMatchObject({ engine: "valkey", engineVersion: "8.0", port: 7000, tags: { empty: "" } });
    expect(node?.spec.parameters).toMatchObject({ "maxmemory-policy": "volatile-lru" });
    expect(node?.spec.parameters).not.toHaveProperty("maxclients");
  });

  test("keeps the same id in two regions and two accounts apart", async () => {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    const there = h.call("CreateCacheCluster", { CacheClusterId: "a" }, { region: "eu-west-1" });
    h.call("CreateCacheCluster", { CacheClusterId: "a" }, { account: "444455556666" });
    await h.settle();
    expect(there.CacheCluster?.ARN).toContain(":eu-west-1:");
    expect(h.backend.nodes.size).toBe(3);
    expect(h.call("DescribeCacheClusters", {}).CacheClusters).toHaveLength(1);
  });

  test("keeps a group and a serverless cache of the same id apart, too", async () => {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    h.call("CreateReplicationGroup", { ReplicationGroupId: "a", ReplicationGroupDescription: "d" });
    h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "redis" });
    await h.settle();
    for (const key of h.backend.nodes.keys()) h.backend.write(key, key);
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    const left = [...h.backend.nodes.values()].map(({ spec, data }) => [
      spec.resourceType,
      Buffer.from(data).toString(),
    ]);
    expect(left.toSorted()).toEqual([
      ["replication-group", h.plane.state.clusters.all()[0]?.node.nodeKey],
      ["serverless-cache", h.plane.state.serverlessCaches.all()[0]?.nodeKey],
    ]);
  });

  test.each([
    ["InvalidParameterValueException", { CacheClusterId: "1abc" }],
    ["InvalidParameterValueException", { CacheClusterId: "a--b" }],
    ["InvalidParameterValueException", { CacheClusterId: "a-" }],
    ["InvalidParameterValueException", { CacheClusterId: "a".repeat(51) }],
    ["InvalidParameterValueException", { CacheClusterId: "a", Engine: "mysql" }],
    ["InvalidParameterCombinationException", { CacheClusterId: "a", EngineVersion: "4.0.13" }],
    ["InvalidParameterValueException", { CacheClusterId: "a", EngineVersion: "6.2.6" }],
    ["InvalidParameterValueException", { CacheClusterId: "a", CacheNodeType: "cache.huge" }],
    ["InvalidParameterValueException", { CacheClusterId: "a", CacheNodeType: undefined }],
    ["InvalidParameterValueException", { CacheClusterId: "a", Engine: undefined }],
    ["CacheParameterGroupNotFoundFault", { CacheClusterId: "a", CacheParameterGroupName: "nope" }],
    ["InvalidParameterCombinationException", { CacheClusterId: "a", CacheParameterGroupName: "default.redis6.x" }],
    ["CacheSubnetGroupNotFoundFault", { CacheClusterId: "a", CacheSubnetGroupName: "nope" }],
    ["InvalidParameterCombinationException", { CacheClusterId: "a", NumCacheNodes: 2 }],
    ["NodeQuotaForClusterExceededFault", { CacheClusterId: "a", Engine: "memcached", NumCacheNodes: 2_000_000_000 }],
    ["InvalidParameterValueException", { CacheClusterId: "a", NumCacheNodes: 0 }],
    ["InvalidParameterValueException", { CacheClusterId: "a", Port: 70_000 }],
    ["InvalidParameterValueException", { CacheClusterId: "a", PreferredMaintenanceWindow: "sunday" }],
    ["InvalidParameterValueException", { CacheClusterId: "a", SnapshotWindow: "05:00-05:30" }],
    [
      "InvalidParameterCombinationException",
      { CacheClusterId: "a", SnapshotWindow: "05:00-06:00", PreferredMaintenanceWindow: "sun:05:30-sun:06:30" },
    ],
    ["InvalidParameterValueException", { CacheClusterId: "a", SnapshotRetentionLimit: 36 }],
    ["InvalidParameterCombinationException", { CacheClusterId: "a", Engine: "memcached", SnapshotRetentionLimit: 1 }],
    ["InvalidParameterValueException", { CacheClusterId: "a", SnapshotName: "nope" }],
    ["InvalidParameterValueException", { CacheClusterId: "a", PreferredAvailabilityZone: "eu-west-1a" }],
    ["InvalidParameterValueException", { CacheClusterId: "a", SecurityGroupIds: ["nope"] }],
    ["InvalidParameterCombinationException", { CacheClusterId: "a", AuthToken: "0123456789abcdef" }],
    [
      "InvalidParameterCombinationException",
      { CacheClusterId: "a", SnapshotArns: ["arn:aws:s3:::bucket/k", "arn:aws:s3:::bucket/l"] },
    ],
    ["InvalidParameterCombinationException", { CacheClusterId: "a", NotificationTopicArn: "arn:aws:sns:x" }],
    [
      "InvalidParameterCombinationException",
      { CacheClusterId: "a", LogDeliveryConfigurations: [{ LogType: "slow-log" as const }] },
    ],
    ["InvalidParameterValueException", { CacheClusterId: "a", Tags: [{ Key: "aws:x", Value: "" }] }],
    [
      "TagQuotaPerResourceExceeded",
      { CacheClusterId: "a", Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "" })) },
    ],
  ])("refuses with %s before anything is stored (%#)", (code, input) => {
    const h = harness();
    expect(codeOf(() => h.call("CreateCacheCluster", input))).toBe(code);
    expect(h.plane.state.clusters.all()).toEqual([]);
    expect(h.backend.calls).toEqual([]);
  });

  test("says what AWS says about identifiers and versions", () => {
    const h = harness();
    expect(thrown(() => h.call("CreateCacheCluster", { CacheClusterId: "1" })).message).toContain(
      "The parameter CacheClusterIdentifier is not a valid identifier.",
    );
    expect(thrown(() => h.call("CreateCacheCluster", { CacheClusterId: "a", EngineVersion: "4.0.13" })).message).toBe(
      "Cannot find version 4.0.13 for redis",
    );
    expect(thrown(() => h.call("DescribeCacheClusters", { CacheClusterId: "nope" })).message).toBe(
      "CacheCluster not found: nope",
    );
  });

  test("refuses an id that exists, in whatever case", () => {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "A" }))).toBe("CacheClusterAlreadyExistsFault");
  });

  test("ends in incompatible-network with the cluster's reason in an event", async () => {
    const h = harness();
    h.backend.fail("start", startFailed("ErrImagePull"));
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("incompatible-network");
    expect(h.eventsOf("a").join()).toContain("ErrImagePull");
  });

  test("ends in incompatible-parameters when the engine refuses a value", async () => {
    const h = harness();
    h.backend.fail("start", new CacheBackendError("FC_CACHE_PARAMETER_REJECTED", "no"));
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("incompatible-parameters");
  });

  test("tries again when a failure may pass", async () => {
    const h = harness();
    h.backend.fail("start", startFailed("Quota", true));
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    await h.clock.advance(999);
    expect(h.clusterStatus("a")).toBe("creating");
    await h.clock.advance(1);
    expect(h.clusterStatus("a")).toBe("available");
  });

  test("gives up at the deadline", async () => {
    const h = harness({ settings: { createTimeoutSeconds: 5 } });
    h.backend.hold("start");
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    await h.clock.advance(5000);
    expect(h.clusterStatus("a")).toBe("incompatible-network");
    expect(h.eventsOf("a").join()).toContain("not done within 5000 ms");
  });

  test("starts only so many nodes at once", async () => {
    const h = harness({ settings: { parallelStarts: 2 } });
    const release = h.backend.hold("start");
    for (const id of ["a", "b", "c"]) h.call("CreateCacheCluster", { CacheClusterId: id });
    await h.settle();
    expect(h.backend.calls).toHaveLength(2);
    release();
    await h.settle();
    expect(h.clusterStatus("c")).toBe("available");
  });
});

describe("DescribeCacheClusters", () => {
  test("pages by marker, and nothing is skipped when something goes in between", async () => {
    const h = harness();
    const ids = Array.from({ length: 25 }, (_, i) => `c${String(i).padStart(2, "0")}`);
    for (const id of ids) h.call("CreateCacheCluster", { CacheClusterId: id });
    await h.settle();
    const first = h.call("DescribeCacheClusters", { MaxRecords: 20 });
    h.call("DeleteCacheCluster", { CacheClusterId: "c03" });
    await h.settle();
    const second = h.call("DescribeCacheClusters", { MaxRecords: 20, Marker: first.Marker });
    expect(second.CacheClusters?.map((c) => c.CacheClusterId)).toEqual(ids.slice(20));
    expect(second.Marker).toBeUndefined();
  });

  test.each([{ MaxRecords: 19 }, { MaxRecords: 101 }, { Marker: "x" }])("refuses %j", (input) => {
    expect(codeOf(() => harness().call("DescribeCacheClusters", input))).toBe("InvalidParameterValueException");
  });

  test("leaves out members of replication groups when asked to", async () => {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "alone" });
    h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d" });
    const all = h.call("DescribeCacheClusters", {}).CacheClusters?.map((c) => c.CacheClusterId);
    expect(all).toEqual(["alone", "g-001"]);
    const alone = h.call("DescribeCacheClusters", { ShowCacheClustersNotInReplicationGroups: true });
    expect(alone.CacheClusters?.map((c) => c.CacheClusterId)).toEqual(["alone"]);
  });

  test("shows a configuration endpoint for memcached only", async () => {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached" });
    h.call("CreateCacheCluster", { CacheClusterId: "r" });
    await h.settle();
    const [m, r] = h.call("DescribeCacheClusters", {}).CacheClusters ?? [];
    expect(m).toMatchObject({ EngineVersion: "1.6.22", ConfigurationEndpoint: { Port: 11_211 } });
    expect(r?.ConfigurationEndpoint).toBeUndefined();
  });
});
