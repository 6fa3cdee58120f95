import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness, thrown } from "../../test/harness.ts";
import { createMemoryCacheBackend } from "../testing/index.ts";

const ReplicationGroupId = "grp";
const create = {
  ReplicationGroupId,
  ReplicationGroupDescription: "d",
  AutomaticFailoverEnabled: true,
  NumNodeGroups: 2,
  ReplicasPerNodeGroup: 1,
};

async function withGroup(input: object = {}): Promise<Harness> {
  const h = harness();
  h.call("CreateReplicationGroup", { ...create, ...input });
  await h.settle();
  return h;
}

const shown = (h: Harness) => h.call("DescribeReplicationGroups", { ReplicationGroupId }).ReplicationGroups?.[0];
const slotsOf = (h: Harness) => shown(h)?.NodeGroups?.map((group) => `${group.NodeGroupId} ${group.Slots}`);
const membersOf = (h: Harness) =>
  shown(h)?.NodeGroups?.map((group) => group.NodeGroupMembers?.map((member) => member.CacheClusterId).join());
const refusedCreation = (input: object) =>
  thrown(() => harness().call("CreateReplicationGroup", { ...create, ...input }));

/** A parameter group of the user's, and what sets its cluster-enabled. */
function withOwnGroup(h: Harness) {
  const CacheParameterGroupName = "mine";
  h.call("CreateCacheParameterGroup", {
    CacheParameterGroupName,
    CacheParameterGroupFamily: "redis7",
    Description: "d",
  });
  const set = (ParameterValue: string) =>
    h.call("ModifyCacheParameterGroup", {
      CacheParameterGroupName,
      ParameterNameValues: [{ ParameterName: "cluster-enabled", ParameterValue }],
    });
  return { CacheParameterGroupName, set };
}

describe("CreateReplicationGroup in cluster mode", () => {
  test("makes shards with slots behind one configuration endpoint, described as AWS does", async () => {
    const h = await withGroup();
    expect(shown(h)).toEqual(
      expect.objectContaining({
        Status: "available",
        ClusterEnabled: true,
        ClusterMode: "enabled",
        AutomaticFailover: "enabled",
        ConfigurationEndpoint: { Address: "clustercfg.grp.cache.invalid", Port: 6379 },
        MemberClusters: ["grp-0001-001", "grp-0001-002", "grp-0002-001", "grp-0002-002"],
        NodeGroups: [
          {
            NodeGroupId: "0001",
            Status: "available",
            Slots: "0-8191",
            PrimaryEndpoint: undefined,
            ReaderEndpoint: undefined,
            NodeGroupMembers: [
              { CacheClusterId: "grp-0001-001", CacheNodeId: "0001", PreferredAvailabilityZone: "us-east-1a" },
              { CacheClusterId: "grp-0001-002", CacheNodeId: "0001", PreferredAvailabilityZone: "us-east-1b" },
            ],
          },
          expect.objectContaining({ NodeGroupId: "0002", Slots: "8192-16383" }),
        ],
      }),
    );
    const [spec] = [...h.backend.groups.values()].map((group) => group.spec);
    expect(spec?.shards.map(({ shardId, slots }) => [shardId, slots])).toEqual([
      ["0001", "0-8191"],
      ["0002", "8192-16383"],
    ]);
    expect([...h.backend.nodes.values()].map((node) => node.spec.clusterEnabled)).toEqual([true, true, true, true]);
  });

  test("has members that are cache clusters with an address of their own", async () => {
    const h = await withGroup();
    const input = { CacheClusterId: "grp-0002-001", ShowCacheNodeInfo: true };
    expect(h.call("DescribeCacheClusters", input).CacheClusters?.[0]).toMatchObject({
      ReplicationGroupId: "grp",
      CacheParameterGroup: { CacheParameterGroupName: "default.redis7.cluster.on" },
      ConfigurationEndpoint: undefined,
      CacheNodes: [{ Endpoint: { Address: "grp-0002-001.cache.invalid", Port: 6379 } }],
    });
  });

  test.each([
    [{ CacheParameterGroupName: "default.redis7.cluster.on" }, "default.redis7.cluster.on"],
    [{ ClusterMode: "enabled" as const }, "default.redis7.cluster.on"],
    [{ Engine: "valkey", NumNodeGroups: 2 }, "default.valkey8.cluster.on"],
    [{ NodeGroupConfiguration: [{ Slots: "0-16383" }] }, "default.redis7.cluster.on"],
    [{ CacheParameterGroupName: "mine" }, "mine"],
  ])("is asked for by %j", async (input, group) => {
    const h = harness();
    withOwnGroup(h).set("yes");
    const { NumNodeGroups: _two, ...one } = create;
    h.call("CreateReplicationGroup", { ...one, ...input });
    await h.settle();
    expect(shown(h)?.ClusterEnabled).toBe(true);
    const [first] = h.plane.state.clusters.all();
    expect(first?.parameterGroup).toBe(group);
  });

  test("takes ids, slots, replicas and zones of each node group", async () => {
    const h = await withGroup({
      ReplicasPerNodeGroup: undefined,
      NumNodeGroups: undefined,
      NodeGroupConfiguration: [
        { NodeGroupId: "7", Slots: "0-99, 200-16383", ReplicaCount: 0, PrimaryAvailabilityZone: "us-east-1c" },
        { NodeGroupId: "0002", Slots: "100-199", ReplicaCount: 2, ReplicaAvailabilityZones: ["us-east-1d"] },
      ],
    });
    expect(slotsOf(h)).toEqual(["0007 0-99,200-16383", "0002 100-199"]);
    expect(membersOf(h)).toEqual(["grp-0007-001", "grp-0002-001,grp-0002-002,grp-0002-003"]);
    const zones = h.plane.state.clusters.all().map((cluster) => `${cluster.id} ${cluster.availabilityZone}`);
    expect(zones).toContain("grp-0007-001 us-east-1c");
    expect(zones).toContain("grp-0002-002 us-east-1d");
  });

  test.each([
    [
      { AutomaticFailoverEnabled: false },
      "Redis with cluster mode enabled cannot be created with auto failover turned off.",
    ],
    [
      { AutomaticFailoverEnabled: undefined },
      "Redis with cluster mode enabled cannot be created with auto failover turned off.",
    ],
    [{ NumNodeGroups: 501 }, "NumNodeGroups must be between 1 and 500"],
    [{ NumNodeGroups: 0 }, "NumNodeGroups must be between 1 and 500"],
    [{ ReplicasPerNodeGroup: 6 }, "ReplicasPerNodeGroup must be between 0 and 5"],
    [{ NumNodeGroups: 200 }, "The quota of 300 cache nodes"],
    [{ NumCacheClusters: 2 }, "NumCacheClusters cannot be used with several node groups"],
    [{ PrimaryClusterId: "c" }, "PrimaryClusterId cannot be used"],
    [{ PreferredCacheClusterAZs: ["us-east-1a"] }, "PreferredCacheClusterAZs cannot be used"],
    [{ NodeGroupConfiguration: [{}, {}, {}] }, "NumNodeGroups is 2, but NodeGroupConfiguration configures 3"],
    [{ NodeGroupConfiguration: [{ NodeGroupId: "1" }, {}] }, "NodeGroupId must be given for every node group"],
    [
      { NodeGroupConfiguration: [{ NodeGroupId: "1" }, { NodeGroupId: "0001" }] },
      "NodeGroupId 0001 is given more than once",
    ],
    [{ NodeGroupConfiguration: [{ Slots: "0-99" }, {}] }, "Slots must be given for every node group"],
    [
      { NodeGroupConfiguration: [{ Slots: "0-99" }, { Slots: "99-16383" }] },
      "Slot 99 is given to more than one node group",
    ],
    [{ NodeGroupConfiguration: [{ Slots: "0-99" }, { Slots: "101-16383" }] }, "cover 16383 of 16384 slots"],
    [{ NodeGroupConfiguration: [{ Slots: "0-99" }, { Slots: "100-16384" }] }, "Slots 100-16384 is not valid"],
    [{ NodeGroupConfiguration: [{ ReplicaCount: 6 }, {}] }, "ReplicasPerNodeGroup must be between 0 and 5"],
    [{ MultiAZEnabled: true, ReplicasPerNodeGroup: 0 }, "Multi-AZ must be used with at least one replica"],
    [{ ClusterMode: "compatible" as const }, "ClusterMode compatible is not implemented"],
    [{ ClusterMode: "disabled" as const }, "Several node groups, and Slots, need cluster mode"],
    [{ CacheParameterGroupName: "default.redis7" }, "Several node groups, and Slots, need cluster mode"],
    [
      { ClusterMode: "disabled" as const, CacheParameterGroupName: "default.redis7.cluster.on" },
      "ClusterMode is disabled, but cluster mode is enabled in parameter group default.redis7.cluster.on",
    ],
    [{ CacheParameterGroupName: "default.valkey8.cluster.on" }, "Expected a parameter group of family redis7"],
    [{ GlobalReplicationGroupId: "g" }, "A global datastore is not implemented"],
  ])("refuses %j", (input, message) => {
    expect(refusedCreation(input).message).toContain(message);
  });

  test("is refused by name where the backend has none, before anything is made", () => {
    const h = harness();
    const backend = createMemoryCacheBackend({ blobs: h.blobs });
    Object.assign(h.plane, { backend: Object.assign(backend, { clusterMode: false }) });
    expect(thrown(() => h.call("CreateReplicationGroup", create)).message).toContain("Cluster mode is not implemented");
    expect(h.plane.state.groups.all()).toEqual([]);
  });
});

describe("a group in cluster mode", () => {
  const modify = (h: Harness, input: object) =>
    thrown(() => h.call("ModifyReplicationGroup", { ReplicationGroupId, ...input }));

  test("refuses what has no meaning with several shards", async () => {
    const h = await withGroup();
    const member = "grp-0001-002";
    const messages = [
      modify(h, { SnapshottingClusterId: member }).message,
      modify(h, { AutomaticFailoverEnabled: false }).message,
      modify(h, { PrimaryClusterId: member }).message,
      modify(h, { ClusterMode: "disabled" }).message,
      modify(h, { CacheParameterGroupName: "default.redis7" }).message,
      thrown(() => h.call("CreateCacheCluster", { CacheClusterId: "c", ReplicationGroupId })).message,
      thrown(() => h.call("DeleteCacheCluster", { CacheClusterId: member })).message,
      thrown(() => h.call("CreateSnapshot", { CacheClusterId: member, SnapshotName: "s" })).message,
      thrown(() => h.call("RebootCacheCluster", { CacheClusterId: member, CacheNodeIdsToReboot: ["0001"] })).message,
    ];
    expect(messages.map((message) => message.slice(0, 60))).toEqual([
      "Cannot set snapshotting cluster for cluster mode enabled rep",
      "Turning off automatic failover for replication group with cl",
      "PrimaryClusterId cannot be set for a replication group with ",
      "Changing ClusterMode from enabled to disabled is not impleme",
      "Cluster mode should be enabled in parameter group, but found",
      "Replication group grp has cluster mode enabled: use Increase",
      "Cache cluster grp-0001-002 is in replication group grp, whic",
      "Cache cluster grp-0001-002 has the data of one shard only: g",
      "Cache cluster grp-0001-002 is in replication group grp: rebo",
    ]);
    expect(shown(h)?.Status).toBe("available");
  });

  test("comes to encryption in transit and leaves it node by node, the primaries last", async () => {
    const h = await withGroup();
    const modes = (): (string | undefined)[] => [...h.backend.nodes.values()].map(({ spec }) => spec.access?.tls);
    const primaries = [...h.backend.groups.values()].flatMap((group) => Object.values(group.primaries));
    for (const step of [
      { TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" },
      { TransitEncryptionMode: "required" },
      { TransitEncryptionMode: "preferred" },
      { TransitEncryptionEnabled: false },
    ] as const) {
      const begun = h.backend.calls.length;
      h.call("ModifyReplicationGroup", { ReplicationGroupId, ...step });
      await h.settle();
      expect(shown(h)?.Status).toBe("available");
      expect(modes()).toEqual(Array(4).fill("TransitEncryptionMode" in step ? step.TransitEncryptionMode : undefined));
      const reboots = h.backend.calls.slice(begun).filter((call) => call.startsWith("reboot "));
      expect(reboots).toHaveLength(4);
      expect(reboots.slice(2)).toEqual(primaries.map((key) => `reboot ${key}`));
    }
  });

  test("is not made of another one by its parameter group, nor a cache cluster", async () => {
    const h = await withGroup({ NumNodeGroups: undefined });
    const CacheParameterGroupName = "default.redis7.cluster.on";
    expect(modify(h, { CacheParameterGroupName }).message).toBe(
      "Cluster mode should be disabled in parameter group, but found it is enabled.",
    );
    expect(codeOf(() => h.call("CreateCacheCluster", { CacheClusterId: "c", CacheParameterGroupName }))).toBe(
      "InvalidParameterCombinationException",
    );
  });

  test("keeps its cluster-enabled while its parameter group is in use", async () => {
    const h = harness();
    const { CacheParameterGroupName, set } = withOwnGroup(h);
    set("yes");
    h.call("CreateReplicationGroup", { ...create, CacheParameterGroupName });
    await h.settle();
    const reset = () => h.call("ResetCacheParameterGroup", { CacheParameterGroupName, ResetAllParameters: true });
    expect([codeOf(() => set("no")), codeOf(reset)]).toEqual([
      "InvalidCacheParameterGroupStateFault",
      "InvalidCacheParameterGroupStateFault",
    ]);
    set("yes");
  });

  test("follows the engine into its default group for cluster mode", async () => {
    const h = await withGroup({ EngineVersion: "6.2" });
    h.call("ModifyReplicationGroup", { ReplicationGroupId, EngineVersion: "7.1", ApplyImmediately: true });
    await h.settle();
    expect(new Set(h.plane.state.clusters.all().map(({ parameterGroup }) => parameterGroup))).toEqual(
      new Set(["default.redis7.cluster.on"]),
    );
  });

  test("has replicas of each shard, as many as are asked for", async () => {
    const h = await withGroup();
    const now = { ReplicationGroupId, ApplyImmediately: true };
    h.call("IncreaseReplicaCount", { ...now, ReplicaConfiguration: [{ NodeGroupId: "0002", NewReplicaCount: 2 }] });
    await h.settle();
    expect(membersOf(h)).toEqual(["grp-0001-001,grp-0001-002", "grp-0002-001,grp-0002-002,grp-0002-003"]);
    h.call("DecreaseReplicaCount", { ...now, NewReplicaCount: 0 });
    await h.settle();
    expect(membersOf(h)).toEqual(["grp-0001-001", "grp-0002-001"]);
    expect(codeOf(() => h.call("TestFailover", { ReplicationGroupId, NodeGroupId: "0001" }))).toBe(
      "TestFailoverNotAvailableFault",
    );
  });

  test("fails over by shard", async () => {
    const h = await withGroup();
    h.call("TestFailover", { ReplicationGroupId, NodeGroupId: "0002" });
    await h.settle();
    expect(h.plane.state.groups.all()[0]?.shards.map(({ primaryId }) => primaryId)).toEqual([
      "grp-0001-001",
      "grp-0002-002",
    ]);
  });
});

test("the default groups for cluster mode are the service's, not the user's", () => {
  const h = harness();
  const CacheParameterGroupName = "default.valkey8.cluster.on";
  const values = h.call("DescribeCacheParameters", { CacheParameterGroupName }).Parameters ?? [];
  expect(values.find((row) => row.ParameterName === "cluster-enabled")).toMatchObject({
    ParameterValue: "yes",
    Source: "system",
  });
});
