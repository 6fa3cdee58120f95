import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess } from "../../test/harness.ts";
import { resetState } from "../reset.ts";
import { driveAll } from "./drive-all.ts";
import { startSchedule } from "./schedule.ts";

/** The process dies in the middle of things: its tasks stop, the records stay. A second one takes over. */
async function restart(h: Harness): Promise<Harness> {
  await h.plane.tasks.stop();
  const next = harness({ previous: h });
  driveAll(next.plane);
  return next;
}

async function available(...ids: string[]): Promise<Harness> {
  const h = harness();
  for (const id of ids) h.call("CreateCacheCluster", { CacheClusterId: id });
  await h.settle();
  return h;
}

const keyOf = (h: Harness, id: string): string => h.plane.state.clusters.all().find((c) => c.id === id)!.node.nodeKey;

describe("a restart", () => {
  test("finishes a creation, a reboot, a modification, a snapshot and a deletion", async () => {
    const h = await available("reboot", "modify", "snap", "delete");
    for (const call of ["start", "reboot", "snapshot", "delete"] as const) h.backend.hold(call);
    h.call("CreateReplicationGroup", { ReplicationGroupId: "create", ReplicationGroupDescription: "d" });
    h.call("RebootCacheCluster", { CacheClusterId: "reboot", CacheNodeIdsToReboot: ["0001"] });
    h.call("ModifyCacheCluster", { CacheClusterId: "modify", CacheNodeType: "cache.m5.large", ApplyImmediately: true });
    h.call("CreateSnapshot", { CacheClusterId: "snap", SnapshotName: "s" });
    h.call("DeleteCacheCluster", { CacheClusterId: "delete" });
    await h.settle();
    await h.plane.tasks.stop();
    for (const call of ["start", "reboot", "snapshot", "delete"] as const) h.backend.hold(call)();
    const next = await restart(h);
    await next.settle();
    expect(next.groupStatus("create")).toBe("available");
    expect(["create-001", "reboot", "modify", "snap", "delete"].map((id) => next.clusterStatus(id))).toEqual([
      "available",
      "available",
      "available",
      "available",
      undefined,
    ]);
    expect(next.call("DescribeSnapshots", {}).Snapshots?.[0]?.SnapshotStatus).toBe("available");
    const modified = next.call("DescribeCacheClusters", { CacheClusterId: "modify" }).CacheClusters?.[0];
    expect(modified?.CacheNodeType).toBe("cache.m5.large");
  });

  test("starts only so many at once: clusters, groups and serverless caches wait their turn", async () => {
    const h = await available("a", "b");
    for (const id of ["g", "h"])
      h.call("CreateReplicationGroup", { ReplicationGroupId: id, ReplicationGroupDescription: "d" });
    for (const id of ["s", "t"]) h.call("CreateServerlessCache", { ServerlessCacheName: id, Engine: "redis" });
    await h.settle();
    await h.plane.tasks.stop();
    const before = h.backend.calls.length;
    const begun = () => h.backend.calls.slice(before).map((call) => call.split(" ")[0]);
    const releases = (["start", "startGroup"] as const).map((call) => h.backend.hold(call));
    const next = harness({ previous: h, settings: { parallelStarts: 2 } });
    next.recover();
    await next.settle();
    expect(begun()).toHaveLength(2);
    for (const release of releases) release();
    await next.settle();
    expect(begun().toSorted()).toEqual(["start", "start", "start", "start", "startGroup", "startGroup"]);
  });

  test("begins a restore anew that was cut off, of a cluster, a group and a serverless cache", async () => {
    const h = await available("a");
    h.backend.write(keyOf(h, "a"), "data");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    h.call("CreateServerlessCache", { ServerlessCacheName: "a", Engine: "redis" });
    await h.settle();
    h.backend.write(h.plane.state.serverlessCaches.all()[0]!.nodeKey, "data");
    h.call("CreateServerlessCacheSnapshot", { ServerlessCacheName: "a", ServerlessCacheSnapshotName: "s" });
    await h.settle();
    const releases = (["start", "startGroup"] as const).map((call) => h.backend.hold(call));
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "s" });
    h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d", SnapshotName: "s" });
    const SnapshotArnsToRestore = h
      .call("DescribeServerlessCacheSnapshots", {})
      .ServerlessCacheSnapshots?.flatMap(({ ARN = [] }) => ARN);
    h.call("CreateServerlessCache", { ServerlessCacheName: "b", Engine: "redis", SnapshotArnsToRestore });
    await h.settle();
    await h.plane.tasks.stop();
    for (const release of releases) release();
    const next = await restart(h);
    await next.settle();
    const [, serverless] = next.plane.state.serverlessCaches.all();
    const keys = [keyOf(next, "b"), keyOf(next, "g-001"), serverless!.nodeKey];
    expect(keys.map((key) => Buffer.from(next.backend.nodes.get(key)!.data).toString())).toEqual([
      "data",
      "data",
      "data",
    ]);
    expect([next.clusterStatus("b"), next.groupStatus("g"), serverless!.status]).toEqual([
      "available",
      "available",
      "available",
    ]);
  });

  test("adopts running nodes with their data", async () => {
    const h = await available("a");
    h.backend.write(keyOf(h, "a"), "kept");
    const next = await restart(h);
    await next.settle();
    expect(next.clusterStatus("a")).toBe("available");
    expect(Buffer.from(next.backend.nodes.get(keyOf(h, "a"))!.data).toString()).toBe("kept");
    expect(next.backend.calls.at(-1)).toBe(`start ${keyOf(h, "a")}`);
  });

  test("does what is asked for while a node is being adopted", async () => {
    const h = await available("a");
    await h.plane.tasks.stop();
    const next = harness({ previous: h });
    const release = next.backend.hold("start");
    next.recover();
    await next.settle();
    next.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    release();
    await next.settle();
    expect(next.clusterStatus("a")).toBe("available");
    expect(next.call("DescribeSnapshots", {}).Snapshots?.[0]?.SnapshotStatus).toBe("available");
  });

  test("says so when a node can no longer be had", async () => {
    const h = await available("a");
    h.backend.fail("start", new Error("gone"));
    const next = await restart(h);
    await next.settle();
    expect(next.clusterStatus("a")).toBe("incompatible-network");
  });

  test("applies parameters that were being applied", async () => {
    const h = await available();
    h.call("CreateCacheParameterGroup", {
      CacheParameterGroupName: "p",
      CacheParameterGroupFamily: "redis7",
      Description: "d",
    });
    h.call("CreateCacheCluster", { CacheClusterId: "a", CacheParameterGroupName: "p" });
    await h.settle();
    h.backend.hold("applyParameters");
    const ParameterNameValues = [{ ParameterName: "timeout", ParameterValue: "30" }];
    h.call("ModifyCacheParameterGroup", { CacheParameterGroupName: "p", ParameterNameValues });
    await h.plane.tasks.stop();
    h.backend.hold("applyParameters")();
    const next = await restart(h);
    await next.settle();
    expect(next.backend.nodes.get(keyOf(h, "a"))?.spec.parameters["timeout"]).toBe("30");
    expect(next.plane.state.clusters.all()[0]?.parameterStatus).toBe("in-sync");
  });
});

describe("what the backend reports", () => {
  test("makes a lost node modifying until it is back, with events", async () => {
    const h = await available("a");
    h.backend.emit({ nodeKey: keyOf(h, "a"), type: "lost", message: "Evicted" });
    expect(h.clusterStatus("a")).toBe("modifying");
    expect(codeOf(() => h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" }))).toBe(
      "InvalidCacheClusterStateFault",
    );
    h.backend.emit({ nodeKey: keyOf(h, "a"), type: "recovered", message: "Pod b", dataKept: false });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("available");
    expect(h.eventsOf("a").slice(-2)).toEqual([
      "Recovering cache nodes 0001: Evicted",
      "Finished recovery for cache nodes 0001 (empty): Pod b",
    ]);
  });

  test("ends a failed recovery and a recovery that never ends", async () => {
    const h = await available("a", "b");
    h.backend.emit({ nodeKey: keyOf(h, "a"), type: "lost", message: "Evicted" });
    h.backend.emit({ nodeKey: keyOf(h, "b"), type: "lost", message: "Evicted" });
    h.backend.emit({ nodeKey: keyOf(h, "a"), type: "failed", message: "ErrImagePull" });
    await h.settle();
    expect(h.clusterStatus("a")).toBe("incompatible-network");
    await h.clock.advance(600_000);
    expect(h.clusterStatus("b")).toBe("available");
  });

  test("lets a lost node be deleted", async () => {
    const h = await available("a");
    h.backend.emit({ nodeKey: keyOf(h, "a"), type: "lost", message: "Evicted" });
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(h.plane.state.clusters.all()).toEqual([]);
  });
});

describe("the windows", () => {
  test("apply what waits in the maintenance window, and not before", async () => {
    const h = harness();
    // The clock stands on a Tuesday, 12:00 UTC.
    h.call("CreateCacheCluster", { CacheClusterId: "a", PreferredMaintenanceWindow: "wed:03:00-wed:04:00" });
    await h.settle();
    startSchedule(h.plane);
    h.call("ModifyCacheCluster", { CacheClusterId: "a", CacheNodeType: "cache.m5.large" });
    const shown = () => h.call("DescribeCacheClusters", {}).CacheClusters?.[0];
    await h.clock.advance(14 * 3_600_000);
    expect(shown()).toMatchObject({
      CacheNodeType: "cache.t3.micro",
      PendingModifiedValues: { CacheNodeType: "cache.m5.large" },
    });
    await h.clock.advance(2 * 3_600_000);
    expect(shown()).toMatchObject({ CacheNodeType: "cache.m5.large", CacheClusterStatus: "available" });
    expect(shown()?.PendingModifiedValues?.CacheNodeType).toBeUndefined();
  });

  test("take one automatic snapshot a day and keep as many as the limit says", async () => {
    const h = harness();
    h.call("CreateCacheCluster", {
      CacheClusterId: "a",
      SnapshotRetentionLimit: 2,
      SnapshotWindow: "13:00-14:00",
      PreferredMaintenanceWindow: "wed:03:00-wed:04:00",
    });
    await h.settle();
    startSchedule(h.plane);
    await h.clock.advance(4 * 24 * 3_600_000);
    const { Snapshots } = h.call("DescribeSnapshots", { SnapshotSource: "system" });
    expect(Snapshots?.map((s) => s.SnapshotName)).toEqual([
      "automatic.a-2026-03-05-13-00",
      "automatic.a-2026-03-06-13-00",
    ]);
    h.call("DeleteCacheCluster", { CacheClusterId: "a" });
    await h.settle();
    expect(h.call("DescribeSnapshots", {}).Snapshots).toEqual([]);
    expect(h.blobs.names()).toEqual([]);
  });
});

describe("reset", () => {
  test("of an account waits for its nodes and leaves the others alone", async () => {
    const h = await available("a");
    h.backend.write(keyOf(h, "a"), "bytes");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    h.call("CreateCacheCluster", { CacheClusterId: "b" }, { account: "444455556666" });
    await h.settle();
    h.backend.hold("startGroup");
    h.call("CreateReplicationGroup", { ReplicationGroupId: "g", ReplicationGroupDescription: "d" });
    await h.settle();
    expect(h.groupStatus("g")).toBe("creating");
    await resetState(h.plane, "111122223333");
    expect([...h.backend.nodes.values()].map(({ spec }) => spec.account)).toEqual(["444455556666"]);
    expect(h.blobs.names()).toEqual([]);
    const { clusters, groups, snapshots, events } = h.plane.state;
    expect([clusters, groups, snapshots, events].map((kind) => kind.all("111122223333").length)).toEqual([0, 0, 0, 0]);
    expect(clusters.all()).toHaveLength(1);
  });
});

test("a snapshot that was stored before the crash is not stored again with later data", async () => {
  const h = await available("a");
  h.backend.write(keyOf(h, "a"), "then");
  h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
  await h.settle();
  // As if the process had died between the two writes.
  const [cluster] = h.plane.state.clusters.all();
  h.plane.state.clusters.set({
    ...cluster!,
    status: "snapshotting",
    transition: { kind: "snapshot", snapshotName: "s" },
  });
  h.backend.write(keyOf(h, "a"), "now");
  const next = await restart(h);
  await next.settle();
  expect(next.clusterStatus("a")).toBe("available");
  expect(next.backend.calls.filter((call) => call.startsWith("snapshot"))).toHaveLength(1);
});

test.each(["cluster", "group"])(
  "a snapshot of a %s whose node is another after a restart fails: it would be of other data, or of none",
  async (what) => {
    const h = harness();
    if (what === "cluster") h.call("CreateCacheCluster", { CacheClusterId: "a" });
    else h.call("CreateReplicationGroup", { ReplicationGroupId: "a", ReplicationGroupDescription: "d" });
    await h.settle();
    const release = h.backend.hold("snapshot");
    h.call("CreateSnapshot", {
      SnapshotName: "s",
      ...(what === "cluster" ? { CacheClusterId: "a" } : { ReplicationGroupId: "a" }),
    });
    await h.settle();
    await h.plane.tasks.stop();
    release();
    for (const { nodeKey } of [...h.backend.nodes.values()].map(({ spec }) => spec))
      await h.backend.delete(nodeKey, { signal: new AbortController().signal });
    const next = await nextProcess(h);
    expect(next.call("DescribeSnapshots", {}).Snapshots?.[0]?.SnapshotStatus).toBe("failed");
    expect(next.eventsOf("a").join()).toMatch(/Snapshot failed .* runs anew since the snapshot began/);
    expect(next.backend.nodes.size).toBe(1);
    expect([next.clusterStatus("a"), next.groupStatus("a")]).toContain("available");
    expect(next.blobs.names()).toEqual([]);
  },
);
