import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";
import { startSchedule } from "../transitions/schedule.ts";

const scope = { account: "111122223333", region: "us-east-1" };

async function withGroup(input: object = {}): Promise<Harness> {
  const h = harness();
  h.call("CreateReplicationGroup", {
    ReplicationGroupId: "grp",
    ReplicationGroupDescription: "d",
    NumCacheClusters: 2,
    ...input,
  });
  await h.settle();
  return h;
}

/** Two shards of two members. */
async function withShards(): Promise<Harness> {
  const h = await withGroup({
    NumCacheClusters: undefined,
    NumNodeGroups: 2,
    ReplicasPerNodeGroup: 1,
    AutomaticFailoverEnabled: true,
  });
  for (const { id, node } of h.plane.state.clusters.list(scope)) h.backend.write(node.nodeKey, `data of ${id}`);
  return h;
}

const keyOf = (h: Harness, id: string): string => h.plane.state.clusters.get(scope, id)!.node.nodeKey;
const shown = (h: Harness, name: string) =>
  h.call("DescribeSnapshots", { SnapshotName: name, ShowNodeGroupConfig: true }).Snapshots?.[0];

describe("a snapshot of a replication group", () => {
  test("is taken from a replica, while the primary stays available", async () => {
    const h = await withGroup();
    const release = h.backend.hold("snapshot");
    const reply = h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
    expect(reply.Snapshot).toMatchObject({ SnapshotStatus: "creating", ReplicationGroupId: "grp", NumNodeGroups: 1 });
    const statuses = () => [h.groupStatus("grp"), h.clusterStatus("grp-001"), h.clusterStatus("grp-002")];
    expect(statuses()).toEqual(["snapshotting", "available", "snapshotting"]);
    const busy = () => h.call("DeleteReplicationGroup", { ReplicationGroupId: "grp" });
    expect(codeOf(busy)).toBe("InvalidReplicationGroupStateFault");
    release();
    await h.settle();
    expect(statuses()).toEqual(["available", "available", "available"]);
    expect(h.backend.calls.filter((call) => call.startsWith("snapshot"))).toEqual([`snapshot ${keyOf(h, "grp-002")}`]);
    expect(shown(h, "s")).toMatchObject({
      SnapshotStatus: "available",
      CacheClusterId: undefined,
      NodeSnapshots: [{ CacheClusterId: "grp-002", NodeGroupId: "0001", CacheSize: "1 MB" }],
    });
    expect(h.eventsOf("grp").at(-1)).toBe(
      "Snapshot succeeded for snapshot with ID 's' of replication group with ID 'grp'",
    );
  });

  test("is taken from the member that SnapshottingClusterId names", async () => {
    const h = await withGroup({ NumCacheClusters: 3 });
    h.call("ModifyReplicationGroup", { ReplicationGroupId: "grp", SnapshottingClusterId: "grp-001" });
    h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
    await h.settle();
    expect(shown(h, "s")?.NodeSnapshots?.[0]?.CacheClusterId).toBe("grp-001");
  });

  test("has a part of every shard", async () => {
    const h = await withShards();
    h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
    await h.settle();
    expect(h.groupStatus("grp")).toBe("available");
    expect(shown(h, "s")).toMatchObject({
      NumNodeGroups: 2,
      NodeSnapshots: [
        {
          CacheClusterId: "grp-0001-002",
          NodeGroupId: "0001",
          NodeGroupConfiguration: { ReplicaCount: 1, PrimaryAvailabilityZone: "us-east-1a" },
        },
        { CacheClusterId: "grp-0002-002", NodeGroupId: "0002", CacheSize: "1 MB" },
      ],
    });
    expect(h.call("DescribeSnapshots", { CacheClusterId: "grp-0002-002" }).Snapshots).toHaveLength(1);
    expect(h.blobs.names()).toHaveLength(2);
    h.call("DeleteSnapshot", { SnapshotName: "s" });
    await h.settle();
    expect(h.blobs.names()).toEqual([]);
  });

  test("has no bytes at all when one shard fails, and says which reason", async () => {
    const h = await withShards();
    h.backend.fail("snapshot", new Error("cut short"));
    h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
    await h.settle();
    expect(shown(h, "s")?.SnapshotStatus).toBe("failed");
    expect(h.blobs.names()).toEqual([]);
    expect(h.groupStatus("grp")).toBe("available");
    expect(h.eventsOf("grp").at(-1)).toBe(
      "Snapshot failed for snapshot with ID 's' of replication group with ID 'grp': cut short",
    );
  });

  test("is gone on with after a restart, and what was stored is not stored again", async () => {
    const h = await withShards();
    h.backend.hold("snapshot");
    h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
    await h.settle();
    await h.plane.tasks.stop();
    const snapshot = h.plane.state.snapshots.get(scope, "s")!;
    const bytes = await h.blobs.write([Buffer.from("before the crash")]);
    const [first, second] = snapshot.parts;
    h.plane.state.snapshots.set({ ...snapshot, parts: [{ ...first!, bytes, storedAtMs: 1 }, second!] });
    h.backend.hold("snapshot")();
    const next = harness({ previous: h });
    const before = h.backend.calls.length;
    next.recover();
    await next.settle();
    expect(next.groupStatus("grp")).toBe("available");
    expect(next.clusterStatus("grp-0001-002")).toBe("available");
    expect(next.call("DescribeSnapshots", {}).Snapshots?.[0]?.SnapshotStatus).toBe("available");
    const taken = next.backend.calls.slice(before).filter((call) => call.startsWith("snapshot"));
    expect(taken).toEqual([`snapshot ${keyOf(next, "grp-0002-002")}`]);
  });
});

test("a group that is being restored still has its bytes when the snapshot is deleted meanwhile", async () => {
  const h = await withGroup();
  h.backend.write(keyOf(h, "grp-002"), "precious");
  h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
  await h.settle();
  const release = h.backend.hold("startGroup");
  h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d", SnapshotName: "s" });
  h.call("DeleteSnapshot", { SnapshotName: "s" });
  await h.settle();
  release();
  await h.settle();
  expect(Buffer.from(h.backend.nodes.get(keyOf(h, "g-001"))!.data).toString()).toBe("precious");
  expect(h.blobs.names()).toEqual([]);
});

test("a node has twenty manual snapshots a day, those included that were deleted", async () => {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "a" });
  await h.settle();
  const take = (name: string) => h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: name });
  for (let index = 0; index < 20; index += 1) {
    take("s");
    await h.settle();
    h.call("DeleteSnapshot", { SnapshotName: "s" });
  }
  expect(codeOf(() => take("s"))).toBe("SnapshotQuotaExceededFault");
  // Whoever deletes a cluster with its data saved is not kept from it.
  await h.clock.advance(24 * 60 * 60_000);
  take("s");
  await h.settle();
  expect(h.call("DescribeSnapshots", {}).Snapshots).toHaveLength(1);
});

test("automatic snapshots go when their days are over, though none is taken any more", async () => {
  const h = await withGroup({ SnapshotRetentionLimit: 2, SnapshotWindow: "12:00-14:00" });
  const stop = startSchedule(h.plane);
  await h.clock.advance(60_000);
  const names = () => h.call("DescribeSnapshots", {}).Snapshots?.map((snapshot) => snapshot.SnapshotName);
  expect(names()).toEqual(["automatic.grp-2026-03-03-12-01"]);
  h.call("ModifyReplicationGroup", { ReplicationGroupId: "grp", SnapshotRetentionLimit: 0 });
  await h.clock.advance(47 * 60 * 60_000);
  expect(names()).toHaveLength(1);
  await h.clock.advance(2 * 60 * 60_000);
  expect(names()).toEqual([]);
  expect(h.blobs.names()).toEqual([]);
  stop();
});

test("a cluster and a group of the same id have automatic snapshots in the same minute", async () => {
  const windows = { SnapshotRetentionLimit: 2, SnapshotWindow: "12:00-14:00" };
  const h = await withGroup(windows);
  h.call("CreateCacheCluster", { CacheClusterId: "grp", ...windows });
  await h.settle();
  const stop = startSchedule(h.plane);
  await h.clock.advance(60_000);
  await h.settle();
  const taken = h
    .call("DescribeSnapshots", {})
    .Snapshots?.map((each) => [each.SnapshotName, each.SnapshotStatus, each.ReplicationGroupId ?? each.CacheClusterId]);
  expect(taken).toEqual([
    ["automatic.grp-2026-03-03-12-01", "available", "grp"],
    ["automatic.grp-2026-03-03-12-01-2", "available", "grp"],
  ]);
  stop();
});
