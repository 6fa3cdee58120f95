import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

const group = { ReplicationGroupId: "Grp", ReplicationGroupDescription: "d" };

async function withGroup(): Promise<Harness> {
  const h = harness();
  h.call("CreateReplicationGroup", group);
  await h.settle();
  return h;
}

describe("CreateReplicationGroup", () => {
  test("makes one real member, which can be described and rebooted", async () => {
    const h = harness();
    const reply = h.call("CreateReplicationGroup", { ...group, Engine: "valkey", Tags: [{ Key: "k", Value: "v" }] });
    expect(reply.ReplicationGroup).toMatchObject({
      ReplicationGroupId: "grp",
      Status: "creating",
      MemberClusters: ["grp-001"],
    });
    expect(reply.ReplicationGroup?.NodeGroups).toBeUndefined();
    await h.settle();
    const at = (host: string) => ({ Address: `${host}.cache.invalid`, Port: 6379 });
    expect(h.call("DescribeReplicationGroups", { ReplicationGroupId: "GRP" }).ReplicationGroups?.[0]).toMatchObject({
      Status: "available",
      Engine: "valkey",
      ClusterEnabled: false,
      NodeGroups: [
        {
          NodeGroupId: "0001",
          PrimaryEndpoint: at("grp"),
          ReaderEndpoint: at("grp-ro"),
          NodeGroupMembers: [{ CacheClusterId: "grp-001", CurrentRole: "primary", ReadEndpoint: at("grp-001") }],
        },
      ],
    });
    const member = h.call("DescribeCacheClusters", { CacheClusterId: "grp-001" }).CacheClusters?.[0];
    expect(member).toMatchObject({ ReplicationGroupId: "grp", CacheClusterStatus: "available" });
    h.call("RebootCacheCluster", { CacheClusterId: "grp-001", CacheNodeIdsToReboot: ["0001"] });
    expect(codeOf(() => h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp" }))).toBe(
      "InvalidReplicationGroupStateFault",
    );
    await h.settle();
    expect(h.backend.calls.map((call) => call.split(" ")[0])).toEqual(["startGroup", "reboot"]);
    expect(h.eventsOf("grp")).toEqual(["Replication group grp created"]);
  });

  test.each([
    ["InvalidParameterValueException", { NumCacheClusters: 7 }],
    ["InvalidParameterValueException", { NumCacheClusters: 2_000_000_000 }],
    ["InvalidParameterCombinationException", { NumCacheClusters: 2, ReplicasPerNodeGroup: 2 }],
    ["InvalidParameterCombinationException", { NumCacheClusters: 2, MultiAZEnabled: true }],
    ["InvalidParameterCombinationException", { PreferredCacheClusterAZs: ["us-east-1a", "us-east-1b"] }],
    ["InvalidParameterValueException", { NumCacheClusters: 2, PreferredCacheClusterAZs: ["us-east-1a", "eu-west-1a"] }],
    ["InvalidParameterValueException", { NumNodeGroups: 2 }],
    ["InvalidParameterValueException", { ReplicasPerNodeGroup: 6 }],
    ["InvalidParameterCombinationException", { AutomaticFailoverEnabled: true }],
    ["InvalidParameterCombinationException", { MultiAZEnabled: true }],
    ["InvalidParameterCombinationException", { ClusterMode: "compatible" as const }],
    ["InvalidParameterCombinationException", { TransitEncryptionMode: "required" as const }],
    ["InvalidParameterCombinationException", { AuthToken: "0123456789abcdef" }],
    ["UserGroupNotFoundFault", { UserGroupIds: ["ug"], TransitEncryptionEnabled: true }],
    ["InvalidParameterCombinationException", { GlobalReplicationGroupId: "g" }],
    ["InvalidParameterCombinationException", { Durability: "sync" as const }],
    ["InvalidParameterCombinationException", { NodeGroupConfiguration: [{ PrimaryOutpostArn: "arn:aws:outposts:x" }] }],
    ["CacheClusterNotFoundFault", { PrimaryClusterId: "c" }],
    ["InvalidParameterValueException", { Engine: "memcached" }],
    ["InvalidParameterValueException", { ReplicationGroupId: "g".repeat(41) }],
    ["InvalidParameterValueException", { ReplicationGroupDescription: " " }],
  ])("refuses with %s before anything is created: %j", (code, input) => {
    const h = harness();
    expect(codeOf(() => h.call("CreateReplicationGroup", { ...group, ...input }))).toBe(code);
    expect([h.plane.state.groups.all(), h.plane.state.clusters.all(), h.backend.calls]).toEqual([[], [], []]);
  });

  test("refuses a group that exists", async () => {
    const h = await withGroup();
    expect(codeOf(() => h.call("CreateReplicationGroup", group))).toBe("ReplicationGroupAlreadyExistsFault");
  });

  test("ends in create-failed with the reason, and can be deleted then", async () => {
    const h = harness();
    h.backend.fail(
      "startGroup",
      new CacheBackendError("FC_CACHE_START_FAILED", "x", { details: { reason: "Unschedulable" } }),
    );
    h.call("CreateReplicationGroup", group);
    await h.settle();
    expect(h.groupStatus("grp")).toBe("create-failed");
    expect(h.eventsOf("grp").join()).toContain("Unschedulable");
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp" });
    await h.settle();
    expect(h.groupStatus("grp")).toBeUndefined();
  });
});

describe("ModifyReplicationGroup", () => {
  test("changes description and member settings", async () => {
    const h = await withGroup();
    const reply = h.call("ModifyReplicationGroup", {
      ReplicationGroupId: "grp",
      ReplicationGroupDescription: "new",
      SnapshotRetentionLimit: 2,
    });
    expect(reply.ReplicationGroup).toMatchObject({
      Description: "new",
      SnapshotRetentionLimit: 2,
      SnapshottingClusterId: "grp-001",
      Status: "available",
    });
  });

  test("is modifying while the engine is replaced", async () => {
    const h = await withGroup();
    h.call("ModifyReplicationGroup", {
      ReplicationGroupId: "grp",
      Engine: "valkey",
      EngineVersion: "8.0",
      ApplyImmediately: true,
    });
    expect([h.groupStatus("grp"), h.clusterStatus("grp-001")]).toEqual(["modifying", "modifying"]);
    expect(
      codeOf(() => h.call("ModifyReplicationGroup", { ReplicationGroupId: "grp", SnapshotRetentionLimit: 1 })),
    ).toBe("InvalidReplicationGroupStateFault");
    await h.settle();
    expect([h.groupStatus("grp"), h.clusterStatus("grp-001")]).toEqual(["available", "available"]);
    expect([...h.backend.nodes.values()][0]?.spec.engine).toBe("valkey");
  });

  test("refuses what it would not do, without changing the description", async () => {
    const h = await withGroup();
    const input = { ReplicationGroupId: "grp", ReplicationGroupDescription: "new" };
    for (const more of [
      { AuthToken: "0123456789abcdef" },
      { TransitEncryptionEnabled: true, TransitEncryptionMode: "required" as const },
      { AutomaticFailoverEnabled: true },
      { Durability: "async" as const },
    ])
      expect(codeOf(() => h.call("ModifyReplicationGroup", { ...input, ...more }))).toBe(
        "InvalidParameterCombinationException",
      );
    expect(h.call("DescribeReplicationGroups", {}).ReplicationGroups?.[0]?.Description).toBe("d");
  });
});

describe("DeleteReplicationGroup", () => {
  test("is seen deleting and takes the member along", async () => {
    const h = await withGroup();
    const reply = h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp", FinalSnapshotIdentifier: "final" });
    expect(reply.ReplicationGroup?.Status).toBe("deleting");
    await h.settle();
    expect([h.groupStatus("grp"), h.clusterStatus("grp-001"), h.backend.nodes.size]).toEqual([undefined, undefined, 0]);
    expect(h.call("DescribeSnapshots", { ReplicationGroupId: "grp" }).Snapshots?.[0]).toMatchObject({
      SnapshotStatus: "available",
      ReplicationGroupDescription: "d",
      NumNodeGroups: 1,
    });
  });

  test("during the creation leaves nothing", async () => {
    const h = harness();
    h.backend.hold("startGroup");
    h.call("CreateReplicationGroup", group);
    await h.settle();
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp" });
    await h.settle();
    expect([h.plane.state.groups.all(), h.plane.state.clusters.all(), h.backend.nodes.size]).toEqual([[], [], 0]);
  });

  test("retains the primary as a cache cluster with its data", async () => {
    const h = await withGroup();
    const [node] = [...h.backend.nodes.values()];
    h.backend.write(node!.spec.nodeKey, "kept");
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp", RetainPrimaryCluster: true });
    await h.settle();
    expect(codeOf(() => h.call("DescribeReplicationGroups", { ReplicationGroupId: "grp" }))).toBe(
      "ReplicationGroupNotFoundFault",
    );
    h.call("RebootCacheCluster", { CacheClusterId: "grp-001", CacheNodeIdsToReboot: ["0001"] });
    await h.settle();
    expect(Buffer.from(h.backend.nodes.get(node!.spec.nodeKey)!.data).toString()).toBe("kept");
    h.call("DeleteCacheCluster", { CacheClusterId: "grp-001" });
    await h.settle();
    expect(h.backend.nodes.size).toBe(0);
  });
});
