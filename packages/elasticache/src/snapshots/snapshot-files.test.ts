import { deferred } from "@fc/core";
import { beforeEach, describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess } from "../../test/harness.ts";
import { sampleRdb } from "../testing/index.ts";

const scope = { account: "111122223333", region: "us-east-1" };
const rdb = sampleRdb(Buffer.from("precious"));

let h: Harness;
const keyOf = (id: string): string => h.plane.state.clusters.get(scope, id)!.node.nodeKey;
const dataOf = (id: string): Buffer => Buffer.from(h.backend.nodes.get(keyOf(id))!.data);
const statusOf = (name: string) =>
  h.call("DescribeSnapshots", { SnapshotName: name }).Snapshots?.map((snapshot) => snapshot.SnapshotStatus);

async function failureOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "it did not fail",
    (error: Error) => error.message,
  );
}

beforeEach(async () => {
  h = harness();
  h.files.buckets.set("bucket", "us-east-1");
  h.call("CreateCacheCluster", { CacheClusterId: "a" });
  await h.settle();
  h.backend.write(keyOf("a"), rdb);
});

describe("CopySnapshot to a bucket", () => {
  const exporting = async (more: object = {}) =>
    await h.call("CopySnapshot", {
      SourceSnapshotName: "s",
      TargetSnapshotName: "exported",
      TargetBucket: "bucket",
      ...more,
    });

  beforeEach(async () => {
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
  });

  test("writes the snapshot's bytes, and makes no other snapshot", async () => {
    expect((await exporting()).Snapshot).toMatchObject({ SnapshotName: "s", SnapshotStatus: "exporting" });
    expect(codeOf(() => h.call("DeleteSnapshot", { SnapshotName: "s" }))).toBe("InvalidSnapshotStateFault");
    await expect(exporting({ TargetSnapshotName: "again" })).rejects.toMatchObject({
      code: "InvalidSnapshotStateFault",
    });
    await h.settle();
    expect(statusOf("s")).toEqual(["available"]);
    expect(h.call("DescribeSnapshots", {}).Snapshots).toHaveLength(1);
    expect(Buffer.from(h.files.files.get("bucket/exported.rdb")!)).toEqual(rdb);
    expect(h.eventsOf("a").at(-1)).toBe(
      "Export of snapshot 's' of cache cluster with ID 'a' to S3 bucket 'bucket' as 'exported' succeeded",
    );
  });

  test("refuses in AWS's words", async () => {
    h.files.files.set("bucket/exported.rdb", rdb);
    h.files.buckets.set("elsewhere", "eu-west-1");
    expect(await failureOf(exporting())).toBe("The S3 bucket bucket already contains an object with key exported.rdb.");
    expect(await failureOf(exporting({ TargetBucket: "nope" }))).toBe("The S3 bucket nope does not exist.");
    expect(await failureOf(exporting({ TargetBucket: "../x" }))).toBe("The S3 bucket ../x does not exist.");
    expect(await failureOf(exporting({ TargetBucket: "elsewhere" }))).toBe(
      "The S3 bucket elsewhere is outside of the region.",
    );
    await expect(exporting({ SourceSnapshotName: "none" })).rejects.toMatchObject({ code: "SnapshotNotFoundFault" });
    expect(statusOf("s")).toEqual(["available"]);
  });

  test("writes one file of each node group", async () => {
    const snapshot = h.plane.state.snapshots.get(scope, "s")!;
    const parts = ["0001", "0002"].map((id) => ({ ...snapshot.parts[0]!, shard: { id, zones: [] } }));
    h.plane.state.snapshots.set({ ...snapshot, parts });
    await exporting();
    await h.settle();
    expect([...h.files.files.keys()]).toEqual(["bucket/exported-0001.rdb", "bucket/exported-0002.rdb"]);
  });

  test("is gone on with after a restart", async () => {
    await h.plane.tasks.stop();
    await exporting();
    await h.settle();
    expect(statusOf("s")).toEqual(["exporting"]);
    h = await nextProcess(h);
    expect(statusOf("s")).toEqual(["available"]);
    expect(h.files.files.size).toBe(1);
  });

  test("goes on while a restart goes on with what took the snapshot", async () => {
    const cluster = h.plane.state.clusters.get(scope, "a")!;
    await h.plane.tasks.stop();
    const transition = { kind: "snapshot", snapshotName: "s" } as const;
    h.plane.state.clusters.set({ ...cluster, status: "snapshotting", transition });
    await exporting();
    const { write } = h.files;
    const written = deferred();
    h.files.write = async (...all) => {
      await written.promise;
      await write(...all);
    };
    h = await nextProcess(h);
    expect(h.clusterStatus("a")).toBe("available");
    expect(statusOf("s")).toEqual(["exporting"]);
    written.resolve();
    await h.settle();
    expect(statusOf("s")).toEqual(["available"]);
    expect(h.plane.state.snapshots.get(scope, "s")?.target).toBeUndefined();
    expect(h.eventsOf("a").filter((message) => /succeeded/.test(message))).toHaveLength(2);
  });

  test("writes nothing of bytes that are damaged, and says so", async () => {
    const snapshot = h.plane.state.snapshots.get(scope, "s")!;
    const damaged = await h.blobs.write([rdb.subarray(0, -4)]);
    h.plane.state.snapshots.set({ ...snapshot, parts: [{ ...snapshot.parts[0]!, bytes: damaged }] });
    await exporting();
    await h.settle();
    expect(statusOf("s")).toEqual(["available"]);
    expect(h.files.files.size).toBe(0);
    expect(h.eventsOf("a").at(-1)).toMatch(/failed: This is not a complete RDB file/);
  });
});

describe("SnapshotArns", () => {
  const SnapshotArns = ["arn:aws:s3:::bucket/dir/seed.rdb"];
  const group = { ReplicationGroupId: "g", ReplicationGroupDescription: "d" };

  beforeEach(() => {
    h.files.files.set("bucket/dir/seed.rdb", rdb);
  });

  test("seed a cluster and a group, and leave no bytes behind", async () => {
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotArns });
    h.call("CreateReplicationGroup", { ...group, SnapshotArns });
    await h.settle();
    expect([dataOf("b"), dataOf("g-001")]).toEqual([rdb, rdb]);
    expect(h.eventsOf("b")).toContain("Restored from arn:aws:s3:::bucket/dir/seed.rdb");
    expect(h.eventsOf("g")).toContain("Restored from arn:aws:s3:::bucket/dir/seed.rdb");
    expect(h.blobs.names()).toEqual([]);
  });

  test.each([
    ["truncated", rdb.subarray(0, -1)],
    ["damaged", Buffer.concat([rdb.subarray(0, 12), Buffer.from("x"), rdb.subarray(13)])],
    ["no RDB at all", Buffer.from("PK\x03\x04 a zip file, to all appearances")],
  ])("are refused with an event when the file is %s, and the file is untouched", async (_what, bytes) => {
    h.files.files.set("bucket/dir/seed.rdb", bytes);
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotArns });
    h.call("CreateReplicationGroup", { ...group, SnapshotArns });
    await h.settle();
    expect([h.clusterStatus("b"), h.groupStatus("g")]).toEqual(["restore-failed", "create-failed"]);
    for (const id of ["b", "g"])
      expect(h.eventsOf(id).join()).toMatch(
        /arn:aws:s3:::bucket\/dir\/seed.rdb could not be used: .*not a complete RDB/,
      );
    expect(h.files.files.get("bucket/dir/seed.rdb")).toBe(bytes);
    expect(h.blobs.names()).toEqual([]);
    expect(h.backend.nodes.size).toBe(1);
  });

  test("that name nothing end in restore-failed", async () => {
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotArns: ["arn:aws:s3:::bucket/nope.rdb"] });
    await h.settle();
    expect(h.clusterStatus("b")).toBe("restore-failed");
    expect(h.eventsOf("b").join()).toContain("There is no bucket/nope.rdb");
  });

  test("are read once: a start that a restart goes on with has them already", async () => {
    const release = h.backend.hold("start");
    h.call("CreateCacheCluster", { CacheClusterId: "b", SnapshotArns });
    await h.settle();
    await h.plane.tasks.stop();
    h.files.files.clear();
    release();
    h = await nextProcess(h);
    expect(dataOf("b")).toEqual(rdb);
    expect(h.blobs.names()).toEqual([]);
  });

  test.each([
    ["InvalidParameterValueException", { SnapshotArns: ["bucket/seed.rdb"] }],
    ["InvalidParameterValueException", { SnapshotArns: ["arn:aws:s3:::bucket/a,b.rdb"] }],
    ["InvalidParameterCombinationException", { SnapshotArns: [...SnapshotArns, ...SnapshotArns] }],
    [
      "InvalidParameterCombinationException",
      { SnapshotArns, SnapshotName: "s", Engine: "redis", CacheNodeType: "cache.t3.micro" },
    ],
    ["InvalidParameterCombinationException", { SnapshotArns, Engine: "memcached" }],
  ])("are refused with %s as %j", async (code, input) => {
    h.call("CreateSnapshot", { CacheClusterId: "a", SnapshotName: "s" });
    await h.settle();
    expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "b", ...input }))).toBe(code);
  });
});
