import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";
import { startSchedule } from "../transitions/schedule.ts";

const group = { ReplicationGroupId: "grp", ReplicationGroupDescription: "d" };

async function withGroup(more: object = {}): Promise<Harness> {
  const h = harness();
  h.call("CreateReplicationGroup", { ...group, NumCacheClusters: 3, AutomaticFailoverEnabled: true, ...more });
  await h.settle();
  return h;
}

const shown = (h: Harness) => h.call("DescribeReplicationGroups", { ReplicationGroupId: "grp" }).ReplicationGroups?.[0];
const rolesOf = (h: Harness): string[] =>
  shown(h)?.NodeGroups?.[0]?.NodeGroupMembers?.map((member) => `${member.CacheClusterId} ${member.CurrentRole}`) ?? [];
const keyOf = (h: Harness, id: string): string => h.plane.state.clusters.all().find((c) => c.id === id)!.node.nodeKey;
const statuses = (h: Harness): (string | undefined)[] => [
  h.groupStatus("grp"),
  ...["grp-001", "grp-002", "grp-003"].map((id) => h.clusterStatus(id)),
];

describe("a replication group with replicas", () => {
  test("has a primary and replicas, each a cache cluster, and no endpoints before all of them serve", async () => {
    const h = harness();
    const release = h.backend.hold("startGroup");
    const reply = h.call("CreateReplicationGroup", {
      ...group,
      NumCacheClusters: 3,
      AutomaticFailoverEnabled: true,
      MultiAZEnabled: true,
      PreferredCacheClusterAZs: ["us-east-1c", "us-east-1a"],
      Tags: [{ Key: "k", Value: "v" }],
    });
    expect(reply.ReplicationGroup).toMatchObject({
      Status: "creating",
      AutomaticFailover: "enabled",
      MultiAZ: "enabled",
    });
    expect(reply.ReplicationGroup?.NodeGroups).toBeUndefined();
    expect(statuses(h)).toEqual(["creating", "creating", "creating", "creating"]);
    release();
    await h.settle();
    expect(statuses(h)).toEqual(["available", "available", "available", "available"]);
    expect(shown(h)).toMatchObject({ MemberClusters: ["grp-001", "grp-002", "grp-003"], Status: "available" });
    expect(rolesOf(h)).toEqual(["grp-001 primary", "grp-002 replica", "grp-003 replica"]);
    const [node] = shown(h)?.NodeGroups ?? [];
    expect(node?.PrimaryEndpoint?.Address).toBe("grp.cache.invalid");
    expect(node?.ReaderEndpoint?.Address).toBe("grp-ro.cache.invalid");
    expect(node?.NodeGroupMembers?.map((member) => member.ReadEndpoint?.Address)).toEqual(
      ["grp-001", "grp-002", "grp-003"].map((id) => `${id}.cache.invalid`),
    );
    const members = h.call("DescribeCacheClusters", {}).CacheClusters ?? [];
    expect(members.map((member) => member.PreferredAvailabilityZone)).toEqual([
      "us-east-1c",
      "us-east-1a",
      "us-east-1c",
    ]);
    expect(new Set(members.map((member) => member.PreferredMaintenanceWindow)).size).toBe(1);
    expect(h.call("DescribeCacheClusters", { ShowCacheClustersNotInReplicationGroups: true }).CacheClusters).toEqual(
      [],
    );
    expect([...h.backend.nodes.values()].map(({ spec }) => spec.tags)).toEqual([{ k: "v" }, { k: "v" }, { k: "v" }]);
    expect(h.eventsOf("grp-003")).toContain("Cache cluster created");
  });

  test.each([
    { ReplicasPerNodeGroup: 2 },
    { NumNodeGroups: 1, ReplicasPerNodeGroup: 2 },
    { NodeGroupConfiguration: [{ ReplicaCount: 2, PrimaryAvailabilityZone: "us-east-1b" }] },
  ])("can be asked for by %j", async (how) => {
    const h = harness();
    h.call("CreateReplicationGroup", { ...group, ...how });
    await h.settle();
    expect(shown(h)?.MemberClusters).toEqual(["grp-001", "grp-002", "grp-003"]);
  });

  test("that cannot be made ends in create-failed with the reason, for all of its members, and can be deleted", async () => {
    const h = harness();
    const details = { reason: "ErrImagePull" };
    h.backend.fail("startGroup", new CacheBackendError("FC_CACHE_START_FAILED", "x", { details }));
    h.call("CreateReplicationGroup", { ...group, NumCacheClusters: 2 });
    await h.settle();
    expect([h.groupStatus("grp"), h.clusterStatus("grp-002")]).toEqual(["create-failed", "incompatible-network"]);
    expect(h.eventsOf("grp").join()).toContain("ErrImagePull");
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp" });
    await h.settle();
    expect([h.plane.state.groups.all(), h.plane.state.clusters.all()]).toEqual([[], []]);
  });

  test("lets its members be rebooted one by one, and its primary not be deleted", async () => {
    const h = await withGroup();
    h.call("RebootCacheCluster", { CacheClusterId: "grp-002", CacheNodeIdsToReboot: ["0001"] });
    expect(h.groupStatus("grp")).toBe("available");
    await h.settle();
    expect(h.backend.calls.at(-1)).toBe(`reboot ${keyOf(h, "grp-002")}`);
    for (const CacheClusterId of ["grp-001"])
      expect(codeOf(() => h.call("DeleteCacheCluster", { CacheClusterId }))).toBe("InvalidCacheClusterStateFault");
  });

  test("is deleted with all of its members, and a final snapshot of the primary first", async () => {
    const h = await withGroup();
    const primary = keyOf(h, "grp-001");
    const deleted = h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp", FinalSnapshotIdentifier: "final" });
    expect(deleted.ReplicationGroup?.Status).toBe("deleting");
    expect(h.clusterStatus("grp-002")).toBe("deleting");
    await h.settle();
    expect([h.plane.state.groups.all(), h.plane.state.clusters.all()]).toEqual([[], []]);
    expect([h.backend.nodes.size, h.backend.groups.size]).toEqual([0, 0]);
    expect(h.backend.calls.find((call) => call.startsWith("snapshot"))).toBe(`snapshot ${primary}`);
    expect(h.call("DescribeSnapshots", {}).Snapshots?.[0]).toMatchObject({ AutomaticFailover: "enabled" });
  });

  test("is kept when its final snapshot fails", async () => {
    const h = await withGroup();
    h.backend.fail("snapshot", new Error("cut"));
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp", FinalSnapshotIdentifier: "final" });
    await h.settle();
    expect(statuses(h)).toEqual(["available", "available", "available", "available"]);
    expect(h.eventsOf("grp").join()).toContain("is not deleted because its final snapshot final failed");
  });

  test("that is deleted with RetainPrimaryCluster leaves the primary, as a cache cluster with its data", async () => {
    const h = await withGroup();
    h.backend.write(keyOf(h, "grp-001"), "kept");
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp", RetainPrimaryCluster: true });
    await h.settle();
    expect(
      h.call("DescribeCacheClusters", {}).CacheClusters?.map((c) => [c.CacheClusterId, c.ReplicationGroupId]),
    ).toEqual([["grp-001", undefined]]);
    expect(Buffer.from([...h.backend.nodes.values()][0]!.data).toString()).toBe("kept");
  });

  test("changes the engine of its members one after the other, the primary last", async () => {
    const h = await withGroup();
    h.call("ModifyReplicationGroup", {
      ReplicationGroupId: "grp",
      CacheNodeType: "cache.m5.large",
      ApplyImmediately: true,
    });
    expect(statuses(h)).toEqual(["modifying", "modifying", "modifying", "modifying"]);
    await h.settle();
    expect(statuses(h)).toEqual(["available", "available", "available", "available"]);
    const rebooted = h.backend.calls.filter((call) => call.startsWith("reboot"));
    expect(rebooted).toEqual(["grp-002", "grp-003", "grp-001"].map((id) => `reboot ${keyOf(h, id)}`));
    expect(shown(h)?.CacheNodeType).toBe("cache.m5.large");
  });

  test("leaves the others as they are when one cannot be changed", async () => {
    const h = await withGroup();
    h.backend.fail("reboot", new Error("Unschedulable"));
    h.call("ModifyReplicationGroup", {
      ReplicationGroupId: "grp",
      CacheNodeType: "cache.m5.large",
      ApplyImmediately: true,
    });
    await h.settle();
    expect(statuses(h)).toEqual(["available", "available", "available", "available"]);
    expect(h.backend.calls.filter((call) => call.startsWith("reboot"))).toHaveLength(1);
    expect(shown(h)?.CacheNodeType).toBe("cache.t3.micro");
    expect(h.eventsOf("grp").join()).toContain("Unschedulable");
  });

  test("takes one automatic snapshot a day, of a replica, and shows whose", async () => {
    const h = await withGroup({ SnapshotRetentionLimit: 1, SnapshotWindow: "12:00-14:00" });
    const stop = startSchedule(h.plane);
    await h.clock.advance(3 * 60_000);
    stop();
    expect(h.backend.calls.filter((call) => call.startsWith("snapshot"))).toEqual([`snapshot ${keyOf(h, "grp-003")}`]);
    expect(shown(h)).toMatchObject({ SnapshottingClusterId: "grp-003", Status: "available" });
  });

  test("keeps failover off for one node, and on while it has two", async () => {
    const h = await withGroup();
    h.call("ModifyReplicationGroup", { ReplicationGroupId: "grp", AutomaticFailoverEnabled: false });
    await h.settle();
    expect(shown(h)?.AutomaticFailover).toBe("disabled");
    expect([...h.backend.groups.values()][0]?.spec.automaticFailover).toBe(false);
    expect(codeOf(() => h.call("ModifyReplicationGroup", { ReplicationGroupId: "grp", MultiAZEnabled: true }))).toBe(
      "InvalidParameterCombinationException",
    );
  });
});

describe("a lost primary", () => {
  test("is followed by the promoted replica, with AWS's events, and comes back as a replica", async () => {
    const h = await withGroup();
    h.backend.emit({ nodeKey: keyOf(h, "grp-001"), type: "lost", message: "Pod p was deleted" });
    h.backend.emit({ nodeKey: keyOf(h, "grp-002"), type: "promoted", message: "serves the writes" });
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 replica", "grp-002 primary", "grp-003 replica"]);
    expect(statuses(h)).toEqual(["modifying", "modifying", "available", "available"]);
    h.backend.emit({ nodeKey: keyOf(h, "grp-001"), type: "recovered", message: "back", dataKept: true });
    await h.settle();
    expect(statuses(h)).toEqual(["available", "available", "available", "available"]);
    const said = "Failover from primary node grp-001 to replica node grp-002 completed";
    expect(h.eventsOf("grp")).toContain(said);
    expect(h.eventsOf("grp-002")).toContain(said);
    expect(h.eventsOf("grp-001").join()).toContain("Finished recovery for cache nodes 0001");
  });

  test("that cannot be replaced leaves a group that serves, not one that failed", async () => {
    const h = await withGroup();
    h.backend.emit({ nodeKey: keyOf(h, "grp-003"), type: "lost", message: "evicted" });
    h.backend.emit({ nodeKey: keyOf(h, "grp-003"), type: "failed", message: "Unschedulable" });
    await h.settle();
    expect([h.groupStatus("grp"), h.clusterStatus("grp-003")]).toEqual(["modifying", "incompatible-network"]);
    h.backend.emit({ nodeKey: keyOf(h, "grp-003"), type: "recovered", message: "back" });
    await h.settle();
    expect(statuses(h)).toEqual(["available", "available", "available", "available"]);
  });
});

describe("a restart", () => {
  async function restart(h: Harness): Promise<Harness> {
    await h.plane.tasks.stop();
    return await nextProcess(h);
  }

  test("adopts the group with the primary that it has by then", async () => {
    const h = await withGroup();
    await h.plane.tasks.stop();
    // The process that would have heard of it is gone.
    await h.backend.failover([...h.backend.groups.values()][0]!.spec, {
      nodeKey: keyOf(h, "grp-003"),
      signal: new AbortController().signal,
    });
    const next = await restart(h);
    expect(rolesOf(next)).toEqual(["grp-001 replica", "grp-002 replica", "grp-003 primary"]);
    expect(statuses(next)).toEqual(["available", "available", "available", "available"]);
  });

  test("does what is asked for while the group is being adopted", async () => {
    const h = await withGroup();
    await h.plane.tasks.stop();
    const next = harness({ previous: h });
    const release = next.backend.hold("startGroup");
    next.recover();
    await next.settle();
    next.call("DecreaseReplicaCount", { ReplicationGroupId: "grp", NewReplicaCount: 1, ApplyImmediately: true });
    release();
    await next.settle();
    expect([next.groupStatus("grp"), shown(next)?.MemberClusters]).toEqual(["available", ["grp-001", "grp-002"]]);
    expect(next.backend.nodes.size).toBe(2);
  });

  test.each(["startGroup", "reboot", "deleteGroup"] as const)("finishes what was under way: %s", async (call) => {
    const h = call === "startGroup" ? harness() : await withGroup();
    const release = h.backend.hold(call);
    if (call === "startGroup") h.call("CreateReplicationGroup", { ...group, NumCacheClusters: 3 });
    else if (call === "reboot")
      h.call("ModifyReplicationGroup", {
        ReplicationGroupId: "grp",
        CacheNodeType: "cache.m5.large",
        ApplyImmediately: true,
      });
    else h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp" });
    await h.settle();
    await h.plane.tasks.stop();
    release();
    const next = await restart(h);
    const there = ["available", "available", "available", "available"];
    expect(statuses(next)).toEqual(call === "deleteGroup" ? [undefined, undefined, undefined, undefined] : there);
    if (call === "reboot") expect(shown(next)?.CacheNodeType).toBe("cache.m5.large");
    if (call === "deleteGroup") expect([next.backend.nodes.size, next.backend.groups.size]).toEqual([0, 0]);
  });
});
