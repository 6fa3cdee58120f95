import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, thrown } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";
import type { Input } from "../operation.ts";

async function withCluster(options: Partial<Input<"CreateCacheCluster">> = {}): Promise<Harness> {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "a", ...options });
  await h.settle();
  return h;
}

const onlyNode = (h: Harness) => [...h.backend.nodes.values()][0]!;

describe("RebootCacheCluster", () => {
  test("is seen rebooting and keeps endpoint and data", async () => {
    const h = await withCluster();
    const key = onlyNode(h).spec.nodeKey;
    h.backend.write(key, "data");
    const { instance } = onlyNode(h).status;
    const reply = h.call("RebootCacheCluster", { CacheClusterId: "a", CacheNodeIdsToReboot: ["0001"] });
    expect(reply.CacheCluster?.CacheClusterStatus).toBe("rebooting cache cluster nodes");
    await h.settle();
    expect(h.clusterStatus("a")).toBe("available");
    expect(Buffer.from(onlyNode(h).data).toString()).toBe("data");
    expect(onlyNode(h).status.instance).not.toBe(instance);
    expect(h.eventsOf("a")).toContain("Cache node 0001 restarted");
  });

  test("keeps the old engine when the new one does not come up", async () => {
    const h = await withCluster();
    const { instance } = onlyNode(h).status;
    h.backend.fail("reboot", new CacheBackendError("FC_CACHE_REBOOT_FAILED", "x", { details: { reason: "Evicted" } }));
    h.call("RebootCacheCluster", { CacheClusterId: "a", CacheNodeIdsToReboot: ["0001"] });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("available");
    expect(onlyNode(h).status.instance).toBe(instance);
    expect(h.eventsOf("a").at(-1)).toContain("Evicted");
  });

  test("refuses unknown nodes, and everything else while it runs", async () => {
    const h = await withCluster();
    expect(codeOf(() => h.call("RebootCacheCluster", { CacheClusterId: "a", CacheNodeIdsToReboot: ["0002"] }))).toBe(
      "InvalidParameterValueException",
    );
    h.call("RebootCacheCluster", { CacheClusterId: "a", CacheNodeIdsToReboot: ["0001"] });
    const busy = [
      () => h.call("RebootCacheCluster", { CacheClusterId: "a", CacheNodeIdsToReboot: ["0001"] }),
      () => h.call("ModifyCacheCluster", { CacheClusterId: "a", SnapshotRetentionLimit: 1 }),
      () => h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" }),
      () => h.call("DeleteCacheCluster", { CacheClusterId: "a" }),
    ];
    for (const work of busy) expect(codeOf(work)).toBe("InvalidCacheClusterStateFault");
  });
});

describe("ModifyCacheCluster", () => {
  test("changes windows and limits at once", async () => {
    const h = await withCluster();
    const reply = h.call("ModifyCacheCluster", {
      CacheClusterId: "a",
      SnapshotRetentionLimit: 3,
      SnapshotWindow: "05:00-06:00",
      PreferredMaintenanceWindow: "Mon:07:00-Mon:08:00",
    });
    expect(reply.CacheCluster).toMatchObject({
      CacheClusterStatus: "available",
      SnapshotRetentionLimit: 3,
      SnapshotWindow: "05:00-06:00",
      PreferredMaintenanceWindow: "mon:07:00-mon:08:00",
    });
  });

  test("replaces the engine at once with ApplyImmediately", async () => {
    const h = await withCluster({ EngineVersion: "6.2" });
    const reply = h.call("ModifyCacheCluster", { CacheClusterId: "a", EngineVersion: "7.1", ApplyImmediately: true });
    expect(reply.CacheCluster).toMatchObject({
      CacheClusterStatus: "modifying",
      PendingModifiedValues: { EngineVersion: "7.1" },
    });
    await h.settle();
    const after = h.call("DescribeCacheClusters", {}).CacheClusters?.[0];
    expect(after).toMatchObject({
      CacheClusterStatus: "available",
      EngineVersion: "7.1.0",
      CacheParameterGroup: { CacheParameterGroupName: "default.redis7" },
      PendingModifiedValues: {},
    });
    expect(onlyNode(h).spec.engineVersion).toBe("7.1");
  });

  test("drops the change when no engine comes up with it", async () => {
    const h = await withCluster({ EngineVersion: "7.0" });
    h.backend.fail("reboot", new CacheBackendError("FC_CACHE_REBOOT_FAILED", "no room"));
    h.call("ModifyCacheCluster", { CacheClusterId: "a", CacheNodeType: "cache.m5.large", ApplyImmediately: true });
    await h.settle();
    expect(h.call("DescribeCacheClusters", {}).CacheClusters?.[0]).toMatchObject({
      CacheClusterStatus: "available",
      CacheNodeType: "cache.t3.micro",
      PendingModifiedValues: {},
    });
  });

  test("applies a new parameter group to the running engine", async () => {
    const h = await withCluster();
    h.call("CreateCacheParameterGroup", {
      CacheParameterGroupName: "mine",
      CacheParameterGroupFamily: "redis7",
      Description: "d",
    });
    h.call("ModifyCacheParameterGroup", {
      CacheParameterGroupName: "mine",
      ParameterNameValues: [{ ParameterName: "maxmemory-policy", ParameterValue: "allkeys-lru" }],
    });
    const reply = h.call("ModifyCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "mine" });
    expect(reply.CacheCluster?.CacheParameterGroup?.ParameterApplyStatus).toBe("applying");
    await h.settle();
    expect(onlyNode(h).spec.parameters["maxmemory-policy"]).toBe("allkeys-lru");
    expect(h.call("DescribeCacheClusters", {}).CacheClusters?.[0]?.CacheParameterGroup?.ParameterApplyStatus).toBe(
      "in-sync",
    );
  });

  test.each([
    ["InvalidParameterCombinationException", { EngineVersion: "6.2" }],
    ["InvalidParameterCombinationException", { Engine: "memcached" }],
    ["InvalidParameterCombinationException", { NumCacheNodes: 2 }],
    ["InvalidParameterCombinationException", { AZMode: "cross-az" as const }],
    [
      "InvalidParameterCombinationException",
      { AuthToken: "0123456789abcdef", AuthTokenUpdateStrategy: "SET" as const },
    ],
    ["InvalidParameterCombinationException", {}],
  ])("refuses with %s and changes nothing: %j", async (code, input) => {
    const h = await withCluster();
    const before = h.plane.state.clusters.all();
    expect(codeOf(() => h.call("ModifyCacheCluster", { CacheClusterId: "a", ...input }))).toBe(code);
    expect(h.plane.state.clusters.all()).toEqual(before);
  });

  test("says AWS's words when nothing is asked for", async () => {
    const h = await withCluster();
    expect(thrown(() => h.call("ModifyCacheCluster", { CacheClusterId: "a", ApplyImmediately: true })).message).toBe(
      "No modifications were requested",
    );
  });
});

describe("DeleteCacheCluster", () => {
  test("is seen deleting until the node is gone", async () => {
    const h = await withCluster();
    const release = h.backend.hold("delete");
    expect(h.call("DeleteCacheCluster", { CacheClusterId: "a" }).CacheCluster?.CacheClusterStatus).toBe("deleting");
    await h.settle();
    expect(h.clusterStatus("a")).toBe("deleting");
    release();
    await h.settle();
    expect(h.backend.nodes.size).toBe(0);
    expect(codeOf(() => h.call("DescribeCacheClusters", { CacheClusterId: "a" }))).toBe("CacheClusterNotFoundFault");
    expect(h.eventsOf("a").at(-1)).toBe("Cache cluster deleted");
  });

  test("during the creation leaves nothing", async () => {
    const h = harness();
    h.backend.hold("start");
    h.call("CreateCacheCluster", { CacheClusterId: "a", Tags: [{ Key: "k", Value: "v" }] });
    await h.settle();
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(h.plane.state.clusters.all()).toEqual([]);
    expect(h.plane.state.tags.all()).toEqual([]);
    expect(h.backend.nodes.size).toBe(0);
    expect(h.backend.calls.map((call) => call.split(" ")[0])).toEqual(["start", "delete"]);
  });

  test("takes a new incarnation for a new cluster of the same id", async () => {
    const h = await withCluster();
    const first = onlyNode(h).spec.nodeKey;
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    h.call("CreateCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(onlyNode(h).spec.nodeKey).not.toBe(first);
  });

  test("asks a failing backend until it succeeds", async () => {
    const h = await withCluster();
    h.backend.fail("delete", new Error("API down"));
    h.backend.fail("delete", new Error("API down"));
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("deleting");
    await h.clock.advance(3000);
    expect(h.clusterStatus("a")).toBeUndefined();
  });

  test("stores the final snapshot first", async () => {
    const h = await withCluster();
    h.backend.write(onlyNode(h).spec.nodeKey, "last words");
    h.call("DeleteCacheCluster", { CacheClusterId: "a", FinalSnapshotIdentifier: "Final" });
    await h.settle();
    expect(h.clusterStatus("a")).toBeUndefined();
    expect(h.call("DescribeSnapshots", { SnapshotName: "final" }).Snapshots?.[0]).toMatchObject({
      SnapshotStatus: "available",
    });
  });

  test("does not happen when the final snapshot fails", async () => {
    const h = await withCluster();
    h.backend.fail("snapshot", new CacheBackendError("FC_CACHE_SNAPSHOT_FAILED", "truncated"));
    h.call("DeleteCacheCluster", { CacheClusterId: "a", FinalSnapshotIdentifier: "final" });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("available");
    expect(h.backend.nodes.size).toBe(1);
    expect(h.call("DescribeSnapshots", {}).Snapshots?.[0]?.SnapshotStatus).toBe("failed");
  });

  test("refuses the primary of a replication group", async () => {
    const h = harness();
    h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d" });
    await h.settle();
    expect(codeOf(() => h.call("DeleteCacheCluster", { CacheClusterId: "g-001" }))).toBe(
      "InvalidCacheClusterStateFault",
    );
  });
});
