import { describe, expect, test } from "vitest";
import { codeOf, type Harness, harness } from "../../test/harness.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

const ReplicationGroupId = "grp";

async function withGroup(NumCacheClusters: number, more: object = {}): Promise<Harness> {
  const h = harness();
  const group = { ReplicationGroupId, ReplicationGroupDescription: "d", NumCacheClusters };
  h.call("CreateReplicationGroup", { ...group, AutomaticFailoverEnabled: NumCacheClusters > 1, ...more });
  await h.settle();
  return h;
}

const shown = (h: Harness) => h.call("DescribeReplicationGroups", { ReplicationGroupId }).ReplicationGroups?.[0];
const rolesOf = (h: Harness): string[] =>
  shown(h)?.NodeGroups?.[0]?.NodeGroupMembers?.map((member) => `${member.CacheClusterId} ${member.CurrentRole}`) ?? [];
const clustersOf = (h: Harness) =>
  h.call("DescribeCacheClusters", {}).CacheClusters?.map((c) => `${c.CacheClusterId} ${c.CacheClusterStatus}`);
const now = { ReplicationGroupId, ApplyImmediately: true };

describe("IncreaseReplicaCount", () => {
  test("adds replicas with all that the primary has, and keeps the endpoints", async () => {
    const h = await withGroup(1, { CacheNodeType: "cache.m5.large", Tags: [{ Key: "k", Value: "v" }] });
    h.backend.write([...h.backend.nodes.keys()][0]!, "data");
    const before = shown(h)?.NodeGroups?.[0]?.PrimaryEndpoint;
    const release = h.backend.hold("startGroup");
    const reply = h.call("IncreaseReplicaCount", { ...now, NewReplicaCount: 2 });
    expect(reply.ReplicationGroup).toMatchObject({
      Status: "modifying",
      MemberClusters: ["grp-001", "grp-002", "grp-003"],
    });
    expect(clustersOf(h)).toEqual(["grp-001 available", "grp-002 creating", "grp-003 creating"]);
    expect(codeOf(() => h.call("IncreaseReplicaCount", { ...now, NewReplicaCount: 3 }))).toBe(
      "InvalidReplicationGroupStateFault",
    );
    release();
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 primary", "grp-002 replica", "grp-003 replica"]);
    expect(shown(h)).toMatchObject({ Status: "available", NodeGroups: [{ PrimaryEndpoint: before }] });
    for (const { spec, data } of h.backend.nodes.values())
      expect([spec.nodeType, spec.tags, Buffer.from(data).toString()]).toEqual(["cache.m5.large", { k: "v" }, "data"]);
    expect(h.eventsOf("grp-003")).toContain("Cache cluster created");
  });

  test("takes zones for a node group, and numbers on past the replicas that there are", async () => {
    const h = await withGroup(3);
    h.call("DecreaseReplicaCount", { ...now, ReplicasToRemove: ["grp-002"] });
    await h.settle();
    const ReplicaConfiguration = [
      {
        NodeGroupId: "0001",
        NewReplicaCount: 2,
        PreferredAvailabilityZones: ["us-east-1a", "us-east-1b", "us-east-1f"],
      },
    ];
    h.call("IncreaseReplicaCount", { ...now, ReplicaConfiguration });
    await h.settle();
    expect(shown(h)?.MemberClusters).toEqual(["grp-001", "grp-003", "grp-002"]);
    const added = h.call("DescribeCacheClusters", { CacheClusterId: "grp-002" }).CacheClusters?.[0];
    expect(added?.PreferredAvailabilityZone).toBe("us-east-1f");
  });

  test("leaves the group as it was when the replicas cannot be had", async () => {
    const h = await withGroup(2);
    const details = { reason: "Unschedulable" };
    h.backend.fail("startGroup", new CacheBackendError("FC_CACHE_START_FAILED", "x", { details }));
    h.call("IncreaseReplicaCount", { ...now, NewReplicaCount: 2 });
    await h.settle();
    expect([h.groupStatus("grp"), clustersOf(h)]).toEqual(["available", ["grp-001 available", "grp-002 available"]]);
    expect(h.eventsOf("grp").join()).toContain("Failed to add grp-003: Unschedulable");
    expect(h.backend.nodes.size).toBe(2);
  });

  test.each([
    ["InvalidParameterValueException", { NewReplicaCount: 6 }],
    ["InvalidParameterValueException", { NewReplicaCount: 0 }],
    ["NoOperationFault", { NewReplicaCount: 1 }],
    ["InvalidParameterValueException", { NewReplicaCount: 2, ApplyImmediately: false }],
    ["InvalidParameterCombinationException", {}],
    ["InvalidParameterValueException", { ReplicaConfiguration: [{ NodeGroupId: "0002", NewReplicaCount: 2 }] }],
    [
      "InvalidParameterCombinationException",
      {
        ReplicaConfiguration: [
          { NodeGroupId: "0001", NewReplicaCount: 2, PreferredOutpostArns: ["arn:aws:outposts:x"] },
        ],
      },
    ],
    ["ReplicationGroupNotFoundFault", { ReplicationGroupId: "other", NewReplicaCount: 2 }],
  ])("refuses with %s: %j", async (code, input) => {
    const h = await withGroup(2);
    expect(codeOf(() => h.call("IncreaseReplicaCount", { ...now, ...input }))).toBe(code);
    expect(h.backend.calls).toHaveLength(1);
  });
});

describe("DecreaseReplicaCount", () => {
  test("removes the newest replicas, never the primary", async () => {
    const h = await withGroup(3);
    const reply = h.call("DecreaseReplicaCount", { ...now, NewReplicaCount: 1 });
    expect(reply.ReplicationGroup?.Status).toBe("modifying");
    expect(clustersOf(h)).toEqual(["grp-001 available", "grp-002 available", "grp-003 deleting"]);
    await h.settle();
    expect(clustersOf(h)).toEqual(["grp-001 available", "grp-002 available"]);
    expect([rolesOf(h), h.backend.nodes.size]).toEqual([["grp-001 primary", "grp-002 replica"], 2]);
  });

  test.each([
    ["InvalidParameterValueException", { ReplicasToRemove: ["grp-001"] }],
    ["InvalidParameterValueException", { ReplicasToRemove: ["other"] }],
    ["InvalidParameterValueException", { NewReplicaCount: 0 }],
    ["InvalidParameterValueException", { NewReplicaCount: 3 }],
    ["InvalidParameterCombinationException", { NewReplicaCount: 1, ReplicasToRemove: ["grp-002"] }],
    ["NoOperationFault", { NewReplicaCount: 2 }],
  ])("refuses with %s: %j", async (code, input) => {
    const h = await withGroup(3);
    expect(codeOf(() => h.call("DecreaseReplicaCount", { ...now, ...input }))).toBe(code);
  });

  test("can take the last replica when automatic failover is off", async () => {
    const h = await withGroup(2, { AutomaticFailoverEnabled: false });
    h.call("DecreaseReplicaCount", { ...now, NewReplicaCount: 0 });
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 primary"]);
  });
});

describe("replicas as cache clusters", () => {
  test("are created with a ReplicationGroupId and deleted by their id", async () => {
    const h = await withGroup(2);
    const created = h.call("CreateCacheCluster", { CacheClusterId: "mine", ReplicationGroupId });
    expect(created.CacheCluster).toMatchObject({ CacheClusterStatus: "creating", ReplicationGroupId, Engine: "redis" });
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 primary", "grp-002 replica", "mine replica"]);
    const deleted = h.call("DeleteCacheCluster", { CacheClusterId: "grp-002" });
    expect(deleted.CacheCluster?.CacheClusterStatus).toBe("deleting");
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 primary", "mine replica"]);
    for (const CacheClusterId of ["grp-001", "mine"])
      expect(() => h.call("DeleteCacheCluster", { CacheClusterId })).toThrow();
  });
});

describe("TestFailover", () => {
  test("swaps the roles and keeps the endpoints, with AWS's events in AWS's order", async () => {
    const h = await withGroup(2);
    const before = shown(h)?.NodeGroups?.[0];
    const reply = h.call("TestFailover", { ReplicationGroupId, NodeGroupId: "0001" });
    expect(reply.ReplicationGroup).toMatchObject({
      Status: "modifying",
      PendingModifiedValues: { PrimaryClusterId: "grp-002" },
    });
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 replica", "grp-002 primary"]);
    expect(shown(h)?.NodeGroups?.[0]?.PrimaryEndpoint).toEqual(before?.PrimaryEndpoint);
    expect(h.eventsOf("grp").slice(-2)).toEqual([
      "Test Failover API called for node group 0001",
      "Failover from primary node grp-001 to replica node grp-002 completed",
    ]);
    expect(h.eventsOf("grp-001").slice(-2)).toEqual([
      "Recovering cache nodes 0001",
      "Finished recovery for cache nodes 0001",
    ]);
  });

  test("that fails leaves the primary, and says why", async () => {
    const h = await withGroup(2);
    h.backend.fail("failover", new Error("the replica is behind"));
    h.call("TestFailover", { ReplicationGroupId, NodeGroupId: "0001" });
    await h.settle();
    expect([rolesOf(h), h.groupStatus("grp")]).toEqual([["grp-001 primary", "grp-002 replica"], "available"]);
    expect(h.eventsOf("grp").join()).toContain("failed: the replica is behind");
  });

  test("is refused for unknown node groups, without failover, and after fifteen in a day", async () => {
    const h = await withGroup(2);
    const call = (NodeGroupId = "0001") => h.call("TestFailover", { ReplicationGroupId, NodeGroupId });
    expect(codeOf(() => call("0002"))).toBe("NodeGroupNotFoundFault");
    for (let done = 0; done < 15; done += 1) {
      call();
      await h.settle();
    }
    expect(codeOf(() => call())).toBe("APICallRateForCustomerExceededFault");
    await h.clock.advance(24 * 3_600_000);
    call();
    await h.settle();
    const alone = await withGroup(1);
    expect(codeOf(() => alone.call("TestFailover", { ReplicationGroupId, NodeGroupId: "0001" }))).toBe(
      "TestFailoverNotAvailableFault",
    );
  });
});

describe("PrimaryClusterId of ModifyReplicationGroup", () => {
  test("promotes a replica when automatic failover is off", async () => {
    const h = await withGroup(2, { AutomaticFailoverEnabled: false });
    h.call("ModifyReplicationGroup", { ReplicationGroupId, PrimaryClusterId: "GRP-002", ApplyImmediately: true });
    expect(h.groupStatus("grp")).toBe("modifying");
    await h.settle();
    expect(rolesOf(h)).toEqual(["grp-001 replica", "grp-002 primary"]);
  });

  test("is refused while automatic failover is on, for others than members, and with a new engine", async () => {
    const h = await withGroup(2);
    const modify = (input: object) => codeOf(() => h.call("ModifyReplicationGroup", { ReplicationGroupId, ...input }));
    expect(modify({ PrimaryClusterId: "grp-002" })).toBe("InvalidParameterCombinationException");
    expect(modify({ PrimaryClusterId: "other" })).toBe("InvalidParameterValueException");
    expect(
      modify({
        PrimaryClusterId: "grp-002",
        AutomaticFailoverEnabled: false,
        CacheNodeType: "cache.m5.large",
        ApplyImmediately: true,
      }),
    ).toBe("InvalidParameterCombinationException");
    expect(rolesOf(h)).toEqual(["grp-001 primary", "grp-002 replica"]);
  });
});

describe("PrimaryClusterId of CreateReplicationGroup", () => {
  async function withCluster(): Promise<Harness> {
    const h = harness();
    h.call("CreateCacheCluster", { CacheClusterId: "old", Port: 7000 });
    await h.settle();
    h.backend.write([...h.backend.nodes.keys()][0]!, "data");
    return h;
  }
  const create = { ReplicationGroupId, ReplicationGroupDescription: "d", PrimaryClusterId: "Old" };

  test("makes a cache cluster the primary, with its address and data, and gives it replicas", async () => {
    const h = await withCluster();
    h.call("CreateReplicationGroup", { ...create, NumCacheClusters: 2, AutomaticFailoverEnabled: true });
    expect(clustersOf(h)).toEqual(["grp-001 creating", "old modifying"]);
    await h.settle();
    expect(rolesOf(h)).toEqual(["old primary", "grp-001 replica"]);
    const [shard] = shown(h)?.NodeGroups ?? [];
    expect(shard?.NodeGroupMembers?.[0]?.ReadEndpoint).toEqual({ Address: "old.cache.invalid", Port: 7000 });
    expect([...h.backend.nodes.values()].map(({ data }) => Buffer.from(data).toString())).toEqual(["data", "data"]);
  });

  test("leaves the cluster as it is when the group cannot be had", async () => {
    const h = await withCluster();
    h.backend.fail("startGroup", new Error("Unschedulable"));
    h.call("CreateReplicationGroup", create);
    await h.settle();
    expect([h.groupStatus("grp"), clustersOf(h)]).toEqual(["create-failed", ["old available"]]);
  });

  test("is refused for members of groups, other settings and other engines", async () => {
    const h = await withCluster();
    const refused = (input: object) => codeOf(() => h.call("CreateReplicationGroup", { ...create, ...input }));
    expect(refused({ CacheNodeType: "cache.m5.large" })).toBe("InvalidParameterCombinationException");
    expect(refused({ Engine: "valkey" })).toBe("InvalidParameterCombinationException");
    h.call("CreateReplicationGroup", create);
    await h.settle();
    expect(refused({ ReplicationGroupId: "other" })).toBe("InvalidCacheClusterStateFault");
  });
});
