import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess, thrown } from "../../test/harness.ts";
import { sampleRdb } from "../testing/index.ts";

const scope = { account: "111122223333", region: "us-east-1" };
const inClusterMode = { ReplicationGroupDescription: "d", AutomaticFailoverEnabled: true };
const keys = ["1 a", "6000 b", "8191 c", "8192 d", "11000 e", "16383 f"];

const keyOf = (h: Harness, id: string): string => h.plane.state.clusters.get(scope, id)!.node.nodeKey;
const primariesOf = (h: Harness, id: string) => h.plane.state.groups.get(scope, id)?.shards ?? [];
/** What each shard has: its slots and its keys. */
const contentOf = (h: Harness, id: string) =>
  primariesOf(h, id).map(({ slots, primaryId }) => [
    slots,
    ...Buffer.from(h.backend.nodes.get(keyOf(h, primaryId))!.data)
      .toString()
      .split("\n"),
  ]);

/** A group of so many shards with the keys, and a snapshot of it. */
async function withSnapshot(NumNodeGroups: number, h: Harness = harness()): Promise<Harness> {
  h.call("CreateReplicationGroup", {
    ...inClusterMode,
    ReplicationGroupId: "grp",
    NumNodeGroups,
    ClusterMode: "enabled",
    ReplicasPerNodeGroup: 1,
  });
  await h.settle();
  for (const { primaryId, slots } of primariesOf(h, "grp")) {
    const [first = 0, last = 0] = (slots ?? "").split("-").map(Number);
    const mine = keys.filter((key) => Number.parseInt(key, 10) >= first && Number.parseInt(key, 10) <= last);
    h.backend.write(keyOf(h, primaryId), mine.join("\n"));
  }
  h.call("CreateSnapshot", { ReplicationGroupId: "grp", SnapshotName: "s" });
  await h.settle();
  return h;
}

async function restore(h: Harness, input: object): Promise<void> {
  h.call("CreateReplicationGroup", { ...inClusterMode, ReplicationGroupId: "new", SnapshotName: "s", ...input });
  await h.settle();
}

/** A restore of three shards into two, whose data has arrived with the slots of the three; `move` lets them move. */
async function arrived(): Promise<{ readonly h: Harness; readonly move: () => void }> {
  const h = await withSnapshot(3);
  const release = h.backend.hold("startGroup");
  await restore(h, { NumNodeGroups: 2 });
  const move = h.backend.hold("startGroup");
  release();
  await h.settle();
  return { h, move };
}

test("a snapshot of a group in cluster mode has the slots of its shards, also copied", async () => {
  const h = await withSnapshot(2);
  h.call("CopySnapshot", { SourceSnapshotName: "s", TargetSnapshotName: "t" });
  const [snapshot] = h.call("DescribeSnapshots", { SnapshotName: "t", ShowNodeGroupConfig: true }).Snapshots ?? [];
  expect(snapshot).toMatchObject({
    NumNodeGroups: 2,
    CacheParameterGroupName: "default.redis7.cluster.on",
    NodeSnapshots: [
      { CacheClusterId: "grp-0001-002", NodeGroupConfiguration: { Slots: "0-8191", ReplicaCount: 1 } },
      { CacheClusterId: "grp-0002-002", NodeGroupConfiguration: { Slots: "8192-16383", ReplicaCount: 1 } },
    ],
  });
});

describe("a restore into cluster mode", () => {
  test("has the snapshot's shards, slots and replicas when it asks for none", async () => {
    const h = await withSnapshot(2);
    await restore(h, {});
    expect(contentOf(h, "new")).toEqual([
      ["0-8191", "1 a", "6000 b", "8191 c"],
      ["8192-16383", "8192 d", "11000 e", "16383 f"],
    ]);
    expect(h.call("DescribeReplicationGroups", { ReplicationGroupId: "new" }).ReplicationGroups?.[0]).toMatchObject({
      ClusterEnabled: true,
      MemberClusters: ["new-0001-001", "new-0001-002", "new-0002-001", "new-0002-002"],
    });
    expect(h.backend.calls.filter((call) => call.startsWith("startGroup"))).toHaveLength(2);
  });

  test.each([
    [2, 3],
    [3, 2],
    [3, 1],
    [1, 3],
  ])("of %i shards into %i has every key where its slot is", async (from, to) => {
    const h = await withSnapshot(from);
    const wanted = await withSnapshot(to);
    await restore(h, { NumNodeGroups: to, ReplicasPerNodeGroup: 1 });
    expect(h.groupStatus("new")).toBe("available");
    expect(contentOf(h, "new")).toEqual(contentOf(wanted, "grp"));
    const members = h.plane.state.clusters.all().filter((cluster) => cluster.replicationGroupId === "new");
    expect(members.map(({ status }) => status)).toEqual(new Array(2 * to).fill("available"));
    expect(h.backend.nodes.size).toBe(2 * from + 2 * to);
    expect(h.eventsOf("new").at(-2)).toBe("Restored from snapshot s");
  });

  test("takes the slots that NodeGroupConfiguration says", async () => {
    const h = await withSnapshot(2);
    await restore(h, { NodeGroupConfiguration: [{ Slots: "100-16383" }, { Slots: "0-99" }] });
    expect(contentOf(h, "new")).toEqual([
      ["100-16383", ...keys.slice(1)],
      ["0-99", "1 a"],
    ]);
  });

  test("of a snapshot without cluster mode splits its keys", async () => {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "c" });
    await h.settle();
    h.backend.write(keyOf(h, "c"), keys.join("\n"));
    h.call("CreateSnapshot", { CacheClusterId: "c", SnapshotName: "s" });
    await h.settle();
    await restore(h, { NumNodeGroups: 2 });
    expect(contentOf(h, "new")).toEqual([
      ["0-8191", "1 a", "6000 b", "8191 c"],
      ["8192-16383", "8192 d", "11000 e", "16383 f"],
    ]);
  });

  test("is gone on with after a restart between the arrival and the move", async () => {
    const { h, move } = await arrived();
    await h.plane.tasks.stop();
    move();
    const next = await nextProcess(h);
    expect(next.groupStatus("new")).toBe("available");
    expect(contentOf(next, "new")).toEqual([
      ["0-8191", "1 a", "6000 b", "8191 c"],
      ["8192-16383", "8192 d", "11000 e", "16383 f"],
    ]);
  });

  test("lists no shard that is there for the data only, and no node of it", async () => {
    const { h, move } = await arrived();
    const listed = () => [
      h.call("DescribeReplicationGroups", {}).ReplicationGroups?.find((group) => group.ReplicationGroupId === "new")
        ?.MemberClusters,
      h
        .call("DescribeCacheClusters", {})
        .CacheClusters?.flatMap(({ CacheClusterId: id = "" }) => (id.startsWith("new") ? id : [])),
    ];
    const wanted = ["new-0001-001", "new-0002-001"];
    expect(h.backend.nodes.size).toBe(6 + 3);
    expect([h.groupStatus("new"), ...listed()]).toEqual(["creating", wanted, wanted]);
    expect(codeOf(() => h.call("DescribeCacheClusters", { CacheClusterId: "new-0003-001" }))).toBe(
      "CacheClusterNotFoundFault",
    );
    move();
    await h.settle();
    expect([h.groupStatus("new"), ...listed()]).toEqual(["available", wanted, wanted]);
  });

  test("that cannot move its keys says so, and can be deleted", async () => {
    const { h, move } = await arrived();
    h.backend.fail("startGroup", new Error("no room"));
    move();
    await h.settle();
    expect(h.call("DescribeCacheClusters", {}).CacheClusters).toHaveLength(6 + 2);
    expect([h.groupStatus("new"), h.eventsOf("new").at(-1)]).toEqual([
      "create-failed",
      "Failed to create replication group new: no room",
    ]);
    h.call("DeleteReplicationGroup", { ReplicationGroupId: "new" });
    await h.settle();
    expect(h.backend.nodes.size).toBe(6);
  });
});

test("a snapshot of cluster mode is not restored without it", async () => {
  const h = await withSnapshot(2);
  const refused = [
    thrown(() => h.call("CreateCacheCluster", { CacheClusterId: "c", SnapshotName: "s" })),
    thrown(() =>
      h.call("CreateReplicationGroup", {
        ReplicationGroupId: "g",
        ReplicationGroupDescription: "d",
        SnapshotName: "s",
        ClusterMode: "disabled",
      }),
    ),
  ];
  for (const { code, message } of refused)
    expect([code, message]).toEqual([
      "InvalidParameterCombinationException",
      "Snapshot s is of a replication group with cluster mode enabled and cannot be restored with cluster mode disabled.",
    ]);
});

describe("files of cluster mode", () => {
  const bucket = "backups";
  const arn = (key: string) => `arn:aws:s3:::${bucket}/${key}`;
  const put = (h: Harness, key: string) => {
    h.files.buckets.set(bucket, "us-east-1");
    h.files.files.set(`${bucket}/${key}`, sampleRdb());
  };
  const seeded = (h: Harness, input: object) =>
    h.call("CreateReplicationGroup", { ...inClusterMode, ReplicationGroupId: "new", NumNodeGroups: 2, ...input });

  test("one with all keys may go to any number of shards", async () => {
    const h = harness();
    put(h, "all.rdb");
    seeded(h, { SnapshotArns: [arn("all.rdb")] });
    await h.settle();
    expect(h.groupStatus("new")).toBe("available");
    expect(primariesOf(h, "new").map(({ slots }) => slots)).toEqual(["0-8191", "8192-16383"]);
  });

  test("several need the slots that they have", async () => {
    const h = harness();
    const SnapshotArns = [arn("a.rdb"), arn("b.rdb")];
    expect(thrown(() => seeded(h, { SnapshotArns })).message).toBe(
      "Slots must be provided when restoring from snapshot ARNs with cluster mode enabled",
    );
    expect(codeOf(() => seeded(h, { SnapshotArns: [...SnapshotArns, arn("c.rdb")] }))).toBe(
      "InvalidParameterCombinationException",
    );
    for (const key of ["a.rdb", "b.rdb"]) put(h, key);
    seeded(h, { SnapshotArns, NodeGroupConfiguration: [{ Slots: "0-99" }, { Slots: "100-16383" }] });
    await h.settle();
    expect(h.groupStatus("new")).toBe("available");
  });
});
