import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, nextProcess, thrown } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

const ReplicationGroupId = "grp";
const reshard = { ReplicationGroupId, ApplyImmediately: true };

/** Two shards of two nodes, with a key in some slots. */
async function withGroup(input: object = {}): Promise<Harness> {
  const h = harness();
  h.call("CreateReplicationGroup", {
    ReplicationGroupId,
    ReplicationGroupDescription: "d",
    AutomaticFailoverEnabled: true,
    NumNodeGroups: 2,
    ReplicasPerNodeGroup: 1,
    Tags: [{ Key: "k", Value: "v" }],
    ...input,
  });
  await h.settle();
  h.backend.write(keyOf(h, "grp-0001-001"), "7 a\n6000 b\n8191 c");
  h.backend.write(keyOf(h, "grp-0002-001"), "8192 d\n15000 e");
  return h;
}

const scope = { account: "111122223333", region: "us-east-1" };
const keyOf = (h: Harness, id: string): string => h.plane.state.clusters.get(scope, id)!.node.nodeKey;
const dataOf = (h: Harness, id: string) =>
  Buffer.from(h.backend.nodes.get(keyOf(h, id))!.data)
    .toString()
    .split("\n");
const shown = (h: Harness) => h.call("DescribeReplicationGroups", { ReplicationGroupId }).ReplicationGroups?.[0];
const slotsOf = (h: Harness) => shown(h)?.NodeGroups?.map((group) => `${group.NodeGroupId} ${group.Slots}`);
const clustersOf = (h: Harness) =>
  h.call("DescribeCacheClusters", {}).CacheClusters?.map((c) => `${c.CacheClusterId} ${c.CacheClusterStatus}`);
const progressOf = (h: Harness) => shown(h)?.PendingModifiedValues?.Resharding?.SlotMigration?.ProgressPercentage;

describe("ModifyReplicationGroupShardConfiguration", () => {
  test("adds a shard like the others, and moves to it only what it is to have", async () => {
    const h = await withGroup();
    const release = h.backend.hold("startGroup");
    const reply = h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 3 });
    expect(reply.ReplicationGroup).toMatchObject({
      Status: "modifying",
      PendingModifiedValues: { Resharding: { SlotMigration: { ProgressPercentage: 0 } } },
    });
    expect(clustersOf(h)?.slice(4)).toEqual(["grp-0003-001 creating", "grp-0003-002 creating"]);
    release();
    await h.settle();
    expect(shown(h)?.PendingModifiedValues?.Resharding).toBeUndefined();
    expect(slotsOf(h)).toEqual(["0001 0-5461", "0002 8192-13652", "0003 5462-8191,13653-16383"]);
    expect([h.groupStatus("grp"), new Set(clustersOf(h)?.map((line) => line.split(" ")[1]))]).toEqual([
      "available",
      new Set(["available"]),
    ]);
    expect(["grp-0001-001", "grp-0002-002", "grp-0003-002"].map((id) => dataOf(h, id))).toEqual([
      ["7 a"],
      ["8192 d"],
      ["6000 b", "8191 c", "15000 e"],
    ]);
    const tags = h.call("ListTagsForResource", {
      ResourceName: "arn:aws:elasticache:us-east-1:111122223333:cluster:grp-0003-001",
    });
    expect(tags.TagList).toEqual([{ Key: "k", Value: "v" }]);
    expect(h.eventsOf("grp").slice(-2)).toEqual([
      "Modifying the shard configuration to 3 node groups",
      "Finished modifying the shard configuration",
    ]);
  });

  test("says how far it is, and is refused anything else meanwhile", async () => {
    const h = await withGroup();
    const seen: (number | undefined)[] = [];
    let release = h.backend.hold("startGroup");
    h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 3 });
    for (let turn = 0; turn < 4; turn += 1) {
      await h.settle();
      seen.push(progressOf(h));
      const next = h.backend.hold("startGroup");
      release();
      release = next;
    }
    expect(seen).toEqual([0, 25, 50, 75]);
    for (const call of ["ModifyReplicationGroupShardConfiguration", "DeleteReplicationGroup"] as const)
      expect(codeOf(() => h.call(call, { ...reshard, NodeGroupCount: 2, NodeGroupsToRemove: ["0003"] }))).toBe(
        "InvalidReplicationGroupStateFault",
      );
    release();
    await h.settle();
    expect(h.groupStatus("grp")).toBe("available");
  });

  test.each([{ NodeGroupsToRemove: ["0001"] }, { NodeGroupsToRetain: ["0002"] }])(
    "takes a shard away with all of its keys kept: %j",
    async (which) => {
      const h = await withGroup();
      h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 1, ...which });
      expect(clustersOf(h)?.slice(0, 2)).toEqual(["grp-0001-001 deleting", "grp-0001-002 deleting"]);
      await h.settle();
      expect(slotsOf(h)).toEqual(["0002 0-16383"]);
      expect(clustersOf(h)).toEqual(["grp-0002-001 available", "grp-0002-002 available"]);
      expect(h.backend.nodes.size).toBe(2);
      expect(dataOf(h, "grp-0002-001")).toHaveLength(5);
      h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 2 });
      await h.settle();
      expect(slotsOf(h)).toEqual(["0002 0-8191", "0001 8192-16383"]);
    },
  );

  test("spreads uneven slots evenly when the number stays", async () => {
    const h = await withGroup({ NodeGroupConfiguration: [{ Slots: "0-99" }, { Slots: "100-16383" }] });
    h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 2 });
    await h.settle();
    expect(slotsOf(h)).toEqual(["0001 0-99,8292-16383", "0002 100-8291"]);
    h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 2 });
    await h.settle();
    expect(h.groupStatus("grp")).toBe("available");
  });

  test("places the new shards where it is told", async () => {
    const h = await withGroup();
    const zones = ["us-east-1d", "us-east-1e"];
    h.call("ModifyReplicationGroupShardConfiguration", {
      ...reshard,
      NodeGroupCount: 3,
      ReshardingConfiguration: [{ NodeGroupId: "0001" }, { NodeGroupId: "0009", PreferredAvailabilityZones: zones }],
    });
    await h.settle();
    const placed = ["grp-0009-001", "grp-0009-002"].map((id) => h.plane.state.clusters.get(scope, id));
    expect(placed.map((cluster) => cluster?.availabilityZone)).toEqual(zones);
  });

  test("knows a shard that there is by its number, and gives each new one the zones of its own", async () => {
    const h = await withGroup();
    h.call("ModifyReplicationGroupShardConfiguration", {
      ...reshard,
      NodeGroupCount: 4,
      ReshardingConfiguration: [
        { NodeGroupId: "1" },
        { PreferredAvailabilityZones: ["us-east-1d", "us-east-1e"] },
        { NodeGroupId: "9", PreferredAvailabilityZones: ["us-east-1b", "us-east-1c"] },
      ],
    });
    await h.settle();
    expect(slotsOf(h)?.map((line) => line.slice(0, 4))).toEqual(["0001", "0002", "0003", "0009"]);
    const placed = h.plane.state.clusters.all().map(({ id, availabilityZone }) => `${id} ${availabilityZone}`);
    expect(placed.slice(4)).toEqual([
      "grp-0003-001 us-east-1d",
      "grp-0003-002 us-east-1e",
      "grp-0009-001 us-east-1b",
      "grp-0009-002 us-east-1c",
    ]);
  });

  test("takes nothing from a cache cluster that has the name of a new node", async () => {
    const h = await withGroup();
    h.call("CreateCacheCluster", { CacheClusterId: "grp-0003-001" });
    await h.settle();
    const call = () => h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 3 });
    expect(thrown(call).message).toBe("Cache cluster grp-0003-001 already exists.");
    expect([h.groupStatus("grp"), h.clusterStatus("grp-0003-001")]).toEqual(["available", "available"]);
  });

  test.each([
    [{ NodeGroupCount: 3, ApplyImmediately: false }, "ApplyImmediately must be true"],
    [{ NodeGroupCount: 0 }, "NodeGroupCount must be between 1 and 500"],
    [{ NodeGroupCount: 200 }, "The quota of 300 cache nodes"],
    [{ NodeGroupCount: 1 }, "Either NodeGroupsToRemove or NodeGroupsToRetain must be given"],
    [{ NodeGroupCount: 1, NodeGroupsToRemove: ["0001"], NodeGroupsToRetain: ["0002"] }, "and not both"],
    [{ NodeGroupCount: 1, NodeGroupsToRemove: ["0003"] }, "has no node group 0003"],
    [{ NodeGroupCount: 1, NodeGroupsToRemove: ["0001", "0002"] }, "leave 0 of 2 node groups"],
    [{ NodeGroupCount: 2, NodeGroupsToRemove: ["0001"] }, "only when NodeGroupCount is less"],
    [{ NodeGroupCount: 2, ReshardingConfiguration: [{}] }, "only when NodeGroupCount adds"],
    [{ NodeGroupCount: 3, ReshardingConfiguration: [{}, {}] }, "configures 2 new node groups, but 1"],
    [
      { NodeGroupCount: 3, ReshardingConfiguration: [{ PreferredAvailabilityZones: ["us-east-1a", "eu-west-1a"] }] },
      "eu-west-1a is not in the region",
    ],
  ])("refuses %j", async (input, message) => {
    const h = await withGroup();
    const call = () => h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, ...input });
    expect(thrown(call).message).toContain(message);
    expect(h.plane.state.clusters.all()).toHaveLength(4);
  });

  test("is refused for a group that is not in cluster mode", async () => {
    const h = harness();
    h.call("CreateReplicationGroup", { ReplicationGroupId, ReplicationGroupDescription: "d" });
    await h.settle();
    const call = () => h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 2 });
    expect(thrown(call).message).toContain("has cluster mode disabled");
  });

  test("goes back, with the reason in an event, when the new shard cannot be had", async () => {
    const h = await withGroup();
    h.backend.fail(
      "startGroup",
      new CacheBackendError("FC_CACHE_START_FAILED", "x", { details: { reason: "Unschedulable" } }),
    );
    h.backend.fail("startGroup", new Error("not now"));
    h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 3 });
    await h.settle();
    expect(h.groupStatus("grp")).toBe("modifying");
    await h.clock.advance(1_000);
    expect([h.groupStatus("grp"), slotsOf(h)]).toEqual(["available", ["0001 0-8191", "0002 8192-16383"]]);
    expect(clustersOf(h)).toHaveLength(4);
    expect(h.backend.nodes.size).toBe(4);
    expect(h.eventsOf("grp").slice(-2)).toEqual([
      "Slots could not be moved back yet: not now",
      "Failed to modify the shard configuration, which is as it was: Unschedulable: x",
    ]);
  });

  test("that cannot go back either can be deleted", async () => {
    const h = await withGroup();
    for (let turn = 0; turn < 3; turn += 1) h.backend.fail("startGroup", new Error("not now"));
    h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 3 });
    await h.settle();
    h.call("DeleteReplicationGroup", { ReplicationGroupId });
    await h.settle();
    expect([h.groupStatus("grp"), h.backend.nodes.size, clustersOf(h)]).toEqual([undefined, 0, []]);
  });

  test("is gone on with after a restart, from where it was", async () => {
    const h = await withGroup();
    const release = h.backend.hold("startGroup");
    h.call("ModifyReplicationGroupShardConfiguration", { ...reshard, NodeGroupCount: 3 });
    await h.settle();
    h.backend.hold("startGroup");
    release();
    await h.settle();
    expect(progressOf(h)).toBe(25);
    await h.plane.tasks.stop();
    h.backend.hold("startGroup")();
    const next = await nextProcess(h);
    expect([next.groupStatus("grp"), slotsOf(next)]).toEqual([
      "available",
      ["0001 0-5461", "0002 8192-13652", "0003 5462-8191,13653-16383"],
    ]);
    expect(dataOf(next, "grp-0003-001")).toEqual(["6000 b", "8191 c", "15000 e"]);
  });
});
