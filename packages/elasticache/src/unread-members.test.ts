import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { caller, type Harness, harness } from "../test/harness.ts";
import type { Input, OperationName } from "./operation.ts";
import { createHandlers } from "./operations.ts";

type Requests = { readonly [K in OperationName]?: readonly Input<K>[] };

interface Model {
  readonly operations: Readonly<Record<string, { readonly input: string }>>;
  readonly shapes: Readonly<Record<string, { readonly members?: object }>>;
}

const model = JSON.parse(readFileSync(new URL("../model.json", import.meta.url), "utf8")) as Model;
const membersOf = (name: string): string[] =>
  Object.keys(model.shapes[model.operations[name]?.input ?? ""]?.members ?? {});

/** AWS does nothing with these, either: "Deprecated. This parameter is not used." */
const withoutMeaning: readonly string[] = ["ModifyReplicationGroup NodeGroupId"];

const ResourceName = "arn:aws:elasticache:us-east-1:111122223333:cluster:c";
const now = { ApplyImmediately: true };
const small = { CacheNodeType: "cache.t3.micro" };
const described = { ReplicationGroupDescription: "d" };

/** Requests that are done, so that a handler runs to its end; several where kinds of caches go ways of their own. */
const requests: Requests = {
  AddTagsToResource: [{ ResourceName, Tags: [{ Key: "a", Value: "b" }] }],
  CopyServerlessCacheSnapshot: [{ SourceServerlessCacheSnapshotName: "ss", TargetServerlessCacheSnapshotName: "copy" }],
  CopySnapshot: [{ SourceSnapshotName: "s", TargetSnapshotName: "copy" }],
  CreateCacheCluster: [
    { ...small, CacheClusterId: "new", Engine: "redis" },
    { ...small, CacheClusterId: "new", Engine: "memcached", NumCacheNodes: 2 },
    { CacheClusterId: "new", ReplicationGroupId: "g" },
  ],
  CreateCacheParameterGroup: [
    { CacheParameterGroupName: "new", CacheParameterGroupFamily: "redis7", Description: "d" },
  ],
  CreateCacheSubnetGroup: [{ CacheSubnetGroupName: "new", CacheSubnetGroupDescription: "d", SubnetIds: ["subnet-1"] }],
  CreateReplicationGroup: [
    { ...small, ...described, ReplicationGroupId: "new", Engine: "redis" },
    {
      ...small,
      ...described,
      ReplicationGroupId: "new",
      Engine: "redis",
      NumNodeGroups: 2,
      AutomaticFailoverEnabled: true,
    },
  ],
  CreateServerlessCache: [{ ServerlessCacheName: "new", Engine: "redis" }],
  CreateServerlessCacheSnapshot: [{ ServerlessCacheName: "sv", ServerlessCacheSnapshotName: "new" }],
  CreateSnapshot: [{ CacheClusterId: "c", SnapshotName: "new" }],
  CreateUser: [{ UserId: "new", UserName: "new", Engine: "redis", AccessString: "on", NoPasswordRequired: true }],
  CreateUserGroup: [{ UserGroupId: "new", Engine: "redis", UserIds: ["default"] }],
  DecreaseReplicaCount: [{ ReplicationGroupId: "g", NewReplicaCount: 1, ...now }],
  DeleteCacheCluster: [{ CacheClusterId: "c" }],
  DeleteCacheParameterGroup: [{ CacheParameterGroupName: "p" }],
  DeleteCacheSubnetGroup: [{ CacheSubnetGroupName: "sn" }],
  DeleteReplicationGroup: [{ ReplicationGroupId: "g" }],
  DeleteServerlessCache: [{ ServerlessCacheName: "sv" }],
  DeleteServerlessCacheSnapshot: [{ ServerlessCacheSnapshotName: "ss" }],
  DeleteSnapshot: [{ SnapshotName: "s" }],
  DeleteUser: [{ UserId: "u" }],
  DeleteUserGroup: [{ UserGroupId: "ug" }],
  DescribeCacheClusters: [{}],
  DescribeCacheEngineVersions: [{}],
  DescribeCacheParameterGroups: [{}],
  DescribeCacheParameters: [{ CacheParameterGroupName: "p" }],
  DescribeCacheSubnetGroups: [{}],
  DescribeEngineDefaultParameters: [{ CacheParameterGroupFamily: "redis7" }],
  DescribeEvents: [{}],
  DescribeReplicationGroups: [{}],
  DescribeServerlessCacheSnapshots: [{}],
  DescribeServerlessCaches: [{}],
  DescribeSnapshots: [{}],
  DescribeUserGroups: [{}],
  DescribeUsers: [{}],
  IncreaseReplicaCount: [{ ReplicationGroupId: "g", NewReplicaCount: 3, ...now }],
  ListAllowedNodeTypeModifications: [{ CacheClusterId: "c" }],
  ListTagsForResource: [{ ResourceName }],
  ModifyCacheCluster: [
    { CacheClusterId: "c", SnapshotRetentionLimit: 1 },
    { CacheClusterId: "m", NumCacheNodes: 2, ...now },
  ],
  ModifyCacheParameterGroup: [
    { CacheParameterGroupName: "p", ParameterNameValues: [{ ParameterName: "timeout", ParameterValue: "30" }] },
  ],
  ModifyCacheSubnetGroup: [{ CacheSubnetGroupName: "sn", CacheSubnetGroupDescription: "new" }],
  ModifyReplicationGroup: [{ ReplicationGroupId: "g", ReplicationGroupDescription: "new" }],
  ModifyReplicationGroupShardConfiguration: [{ ReplicationGroupId: "sharded", NodeGroupCount: 3, ...now }],
  ModifyServerlessCache: [{ ServerlessCacheName: "sv", Description: "new" }],
  ModifyUser: [{ UserId: "u", AccessString: "off" }],
  ModifyUserGroup: [{ UserGroupId: "ug", UserIdsToAdd: ["u"] }],
  RebootCacheCluster: [{ CacheClusterId: "c", CacheNodeIdsToReboot: ["0001"] }],
  RemoveTagsFromResource: [{ ResourceName, TagKeys: ["a"] }],
  ResetCacheParameterGroup: [{ CacheParameterGroupName: "p", ResetAllParameters: true }],
  TestFailover: [{ ReplicationGroupId: "g", NodeGroupId: "0001" }],
};

/** One of each. */
async function world(): Promise<Harness> {
  const h = harness();
  const failover = { AutomaticFailoverEnabled: true };
  h.call("CreateCacheCluster", { CacheClusterId: "c" });
  h.call("CreateCacheCluster", { CacheClusterId: "m", Engine: "memcached" });
  h.call("CreateReplicationGroup", { ...described, ...failover, ReplicationGroupId: "g", NumCacheClusters: 3 });
  h.call("CreateReplicationGroup", { ...described, ...failover, ReplicationGroupId: "sharded", NumNodeGroups: 2 });
  h.call("CreateCacheParameterGroup", {
    CacheParameterGroupName: "p",
    CacheParameterGroupFamily: "redis7",
    Description: "d",
  });
  h.call("CreateCacheSubnetGroup", {
    CacheSubnetGroupName: "sn",
    CacheSubnetGroupDescription: "d",
    SubnetIds: ["subnet-1"],
  });
  h.call("CreateUser", { UserId: "u", UserName: "u", Engine: "redis", AccessString: "on", NoPasswordRequired: true });
  h.call("CreateUserGroup", { UserGroupId: "ug", Engine: "redis", UserIds: ["default"] });
  h.call("CreateServerlessCache", { ServerlessCacheName: "sv", Engine: "redis" });
  await h.settle();
  h.call("CreateSnapshot", { CacheClusterId: "c", SnapshotName: "s" });
  h.call("CreateServerlessCacheSnapshot", { ServerlessCacheName: "sv", ServerlessCacheSnapshotName: "ss" });
  await h.settle();
  return h;
}

test("every operation that is implemented is in the table", () => {
  expect(Object.keys(requests)).toEqual(Object.keys(createHandlers(harness().plane)));
});

test.each(Object.entries(requests))(
  "%s reads every member of its request: none is accepted and ignored",
  async (name, inputs) => {
    const read = new Set<string>();
    for (const input of inputs) {
      const handler = createHandlers((await world()).plane)[name as OperationName] as (
        input: object,
        context: object,
      ) => unknown;
      const watched = new Proxy(input, {
        get: (given, member) => {
          read.add(String(member));
          return Reflect.get(given, member);
        },
      });
      await handler(watched, caller);
    }
    const unread = membersOf(name).filter(
      (member) => !read.has(member) && !withoutMeaning.includes(`${name} ${member}`),
    );
    expect(unread).toEqual([]);
  },
);
