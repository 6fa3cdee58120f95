import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

async function withData(data: string): Promise<Harness> {
  const h = harness();
  h.call("CreateCacheCluster", { CacheClusterId: "a" });
  await h.settle();
  h.backend.write([...h.backend.nodes.keys()][0]!, data);
  return h;
}

const dataOf = (h: Harness, id: string): string => {
  const node = [...h.backend.nodes.values()].find(({ spec }) => spec.resourceId === id);
  return Buffer.from(node?.data ?? []).toString();
};

describe("CreateSnapshot", () => {
  test("is creating while the cluster is snapshotting, then both are available", async () => {
    const h = await withData("x");
    const release = h.backend.hold("snapshot");
    const reply = h.call("CreateSnapshot", {
      CacheClusterId: "a",
      SnapshotName: "Snap",
      Tags: [{ Key: "k", Value: "" }],
    });
    expect(reply.Snapshot).toMatchObject({
      SnapshotName: "snap",
      SnapshotStatus: "creating",
      SnapshotSource: "manual",
    });
    expect(h.clusterStatus("a")).toBe("snapshotting");
    expect(codeOf(() => h.call("DeleteSnapshot", { SnapshotName: "snap" }))).toBe("InvalidSnapshotStateFault");
    release();
    await h.settle();
    expect(h.clusterStatus("a")).toBe("available");
    expect(h.call("DescribeSnapshots", { SnapshotName: "SNAP" }).Snapshots?.[0]).toMatchObject({
      SnapshotStatus: "available",
      CacheClusterId: "a",
      NodeSnapshots: [{ CacheClusterId: "a", CacheNodeId: "0001", CacheSize: "1 MB" }],
    });
    expect(h.eventsOf("a").at(-1)).toBe("Snapshot succeeded for snapshot with ID 'snap' of cache cluster with ID 'a'");
  });

  test("is failed without bytes when the backend has no complete data", async () => {
    const h = await withData("x");
    h.backend.fail("snapshot", new CacheBackendError("FC_CACHE_SNAPSHOT_FAILED", "truncated"));
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    expect(h.call("DescribeSnapshots", {}).Snapshots?.[0]?.SnapshotStatus).toBe("failed");
    expect(h.clusterStatus("a")).toBe("available");
    expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "s" }))).toBe(
      "InvalidParameterValueException",
    );
    h.call("DeleteSnapshot", { SnapshotName: "s" });
    expect(h.call("DescribeSnapshots", {}).Snapshots).toEqual([]);
  });

  test("refuses memcached, both ids, none, names that exist and unknown clusters", async () => {
    const h = await withData("x");
    h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached" });
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    const code = (input: object): string => codeOf(() => h.call("CreateSnapshot", { SnapshotName: "n", ...input }));
    expect(code({ CacheClusterId: "m" })).toBe("SnapshotFeatureNotSupportedFault");
    expect(code({ CacheClusterId: "a", ReplicationGroupId: "g" })).toBe("InvalidParameterCombinationException");
    expect(code({})).toBe("InvalidParameterCombinationException");
    expect(code({ CacheClusterId: "a", SnapshotName: "S" })).toBe("SnapshotAlreadyExistsFault");
    expect(code({ CacheClusterId: "nope" })).toBe("CacheClusterNotFoundFault");
    expect(code({ CacheClusterId: "a", SnapshotName: "../x" })).toBe("InvalidParameterValueException");
  });
});

describe("restore", () => {
  test("gives a cluster and a group the data and the settings of the snapshot", async () => {
    const h = await withData("precious");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "s" });
    h.call("CreateReplicationGroup", {
      ReplicationGroupId: "g",
      ReplicationGroupDescription: "d",
      SnapshotName: "s",
      Engine: "valkey",
    });
    await h.settle();
    expect([dataOf(h, "b"), dataOf(h, "g")]).toEqual(["precious", "precious"]);
    expect(h.eventsOf("b")).toContain("Restored from snapshot s");
  });

  test("ends in restore-failed when it cannot be done", async () => {
    const h = await withData("x");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    h.backend.fail("start", new CacheBackendError("FC_CACHE_START_FAILED", "bad RDB"));
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "s" });
    await h.settle();
    expect(h.clusterStatus("b")).toBe("restore-failed");
  });

  test("refuses an older engine and memcached", async () => {
    const h = await withData("x");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    for (const more of [{ EngineVersion: "6.2" }, { Engine: "memcached" }])
      expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "s", ...more }))).toBe(
        "InvalidParameterCombinationException",
      );
  });

  test("still has its bytes when the snapshot is deleted meanwhile, and leaves none behind", async () => {
    const h = await withData("precious");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    const release = h.backend.hold("start");
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotName: "s" });
    h.call("DeleteSnapshot", { SnapshotName: "s" });
    await h.settle();
    release();
    await h.settle();
    expect(dataOf(h, "b")).toBe("precious");
    expect(h.blobs.names()).toEqual([]);
  });
});

describe("CopySnapshot", () => {
  test("is available at once with the same bytes, which go with the last name", async () => {
    const h = await withData("shared");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    h.call("CopySnapshot", { SourceSnapshotName: "s", TargetSnapshotName: "t", Tags: [{ Key: "k", Value: "v" }] });
    expect(h.call("DescribeSnapshots", { SnapshotName: "t" }).Snapshots?.[0]?.SnapshotStatus).toBe("available");
    h.call("DeleteSnapshot", { SnapshotName: "s" });
    await h.settle();
    expect(h.blobs.names()).toHaveLength(1);
    h.call("DeleteSnapshot", { SnapshotName: "t" });
    await h.settle();
    expect(h.blobs.names()).toEqual([]);
  });

  test("refuses unknown and unfinished sources", async () => {
    const h = await withData("x");
    h.backend.hold("snapshot");
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    const copy = (input: object): string =>
      codeOf(() => h.call("CopySnapshot", { SourceSnapshotName: "s", TargetSnapshotName: "t", ...input }));
    expect(copy({})).toBe("InvalidSnapshotStateFault");
    expect(copy({ SourceSnapshotName: "nope" })).toBe("SnapshotNotFoundFault");
  });
});

test("bytes of equal content that are being written again are not deleted with the older snapshot", async () => {
  const h = await withData("same");
  h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "one" });
  await h.settle();
  const release = h.backend.hold("snapshot");
  h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "two" });
  await h.settle();
  h.call("DeleteSnapshot", { SnapshotName: "one" });
  await h.settle();
  release();
  await h.settle();
  expect(h.call("DescribeSnapshots", {}).Snapshots?.map((s) => s.SnapshotStatus)).toEqual(["available"]);
  expect(h.blobs.names()).toHaveLength(1);
});

test("DescribeSnapshots filters by source and refuses unknown names and sources", async () => {
  const h = await withData("x");
  h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
  await h.settle();
  expect(h.call("DescribeSnapshots", { SnapshotSource: "system" }).Snapshots).toEqual([]);
  expect(h.call("DescribeSnapshots", { SnapshotSource: "user", CacheClusterId: "A" }).Snapshots).toHaveLength(1);
  expect(codeOf(() => h.call("DescribeSnapshots", { SnapshotName: "nope" }))).toBe("SnapshotNotFoundFault");
  expect(codeOf(() => h.call("DescribeSnapshots", { SnapshotSource: "x" }))).toBe("InvalidParameterValueException");
});
