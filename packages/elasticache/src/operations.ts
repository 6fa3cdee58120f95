import type { Handlers } from "@fc/aws";
import { createCacheCluster } from "./clusters/create-cache-cluster.ts";
import { deleteCacheCluster } from "./clusters/delete-cache-cluster.ts";
import { describeCacheClusters } from "./clusters/describe-cache-clusters.ts";
import { listAllowedNodeTypeModifications } from "./clusters/list-allowed-node-type-modifications.ts";
import { modifyCacheCluster } from "./clusters/modify-cache-cluster.ts";
import { rebootCacheCluster } from "./clusters/reboot-cache-cluster.ts";
import { describeCacheEngineVersions } from "./engines/describe-cache-engine-versions.ts";
import { describeEvents } from "./events/describe-events.ts";
import type { ElastiCacheOperations } from "./model.generated.ts";
import type { AsyncOperation, OperationName } from "./operation.ts";
import { modifyCacheParameterGroup, resetCacheParameterGroup } from "./parameter-groups/change-operations.ts";
import {
  createCacheParameterGroup,
  deleteCacheParameterGroup,
  describeCacheParameterGroups,
} from "./parameter-groups/group-operations.ts";
import { describeCacheParameters, describeEngineDefaultParameters } from "./parameter-groups/parameter-operations.ts";
import type { Plane } from "./plane.ts";
import { decreaseReplicaCount, increaseReplicaCount } from "./replication-groups/change-replica-count.ts";
import { createReplicationGroup } from "./replication-groups/create-replication-group.ts";
import { deleteReplicationGroup } from "./replication-groups/delete-replication-group.ts";
import { describeReplicationGroups } from "./replication-groups/describe-replication-groups.ts";
import { modifyReplicationGroup } from "./replication-groups/modify-replication-group.ts";
import { modifyShardConfiguration } from "./replication-groups/modify-shard-configuration.ts";
import { testFailover } from "./replication-groups/test-failover.ts";
import { copyServerlessCacheSnapshot } from "./serverless/copy-serverless-snapshot.ts";
import { createServerlessCache } from "./serverless/create-serverless-cache.ts";
import { createServerlessCacheSnapshot } from "./serverless/create-serverless-snapshot.ts";
import { deleteServerlessCache } from "./serverless/delete-serverless-cache.ts";
import { deleteServerlessCacheSnapshot } from "./serverless/delete-serverless-snapshot.ts";
import { describeServerlessCaches } from "./serverless/describe-serverless-caches.ts";
import { describeServerlessCacheSnapshots } from "./serverless/describe-serverless-snapshots.ts";
import { modifyServerlessCache } from "./serverless/modify-serverless-cache.ts";
import { copySnapshot } from "./snapshots/copy-snapshot.ts";
import { createSnapshot } from "./snapshots/create-snapshot.ts";
import { deleteSnapshot } from "./snapshots/delete-snapshot.ts";
import { describeSnapshots } from "./snapshots/describe-snapshots.ts";
import {
  createCacheSubnetGroup,
  deleteCacheSubnetGroup,
  describeCacheSubnetGroups,
  modifyCacheSubnetGroup,
} from "./subnet-groups/subnet-group-operations.ts";
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from "./tags/tag-operations.ts";
import { createUserGroup } from "./user-groups/create-user-group.ts";
import { deleteUserGroup } from "./user-groups/delete-user-group.ts";
import { describeUserGroups } from "./user-groups/describe-user-groups.ts";
import { modifyUserGroup } from "./user-groups/modify-user-group.ts";
import { createUser } from "./users/create-user.ts";
import { deleteUser } from "./users/delete-user.ts";
import { describeUsers } from "./users/describe-users.ts";
import { modifyUser } from "./users/modify-user.ts";

/** The operations that are implemented, by AWS's names. The model's others answer 501. */
const operations: { readonly [K in OperationName]?: AsyncOperation<K> } = {
  AddTagsToResource: addTagsToResource,
  CopyServerlessCacheSnapshot: copyServerlessCacheSnapshot,
  CopySnapshot: copySnapshot,
  CreateCacheCluster: createCacheCluster,
  CreateCacheParameterGroup: createCacheParameterGroup,
  CreateCacheSubnetGroup: createCacheSubnetGroup,
  CreateReplicationGroup: createReplicationGroup,
  CreateServerlessCache: createServerlessCache,
  CreateServerlessCacheSnapshot: createServerlessCacheSnapshot,
  CreateSnapshot: createSnapshot,
  CreateUser: createUser,
  CreateUserGroup: createUserGroup,
  DecreaseReplicaCount: decreaseReplicaCount,
  DeleteCacheCluster: deleteCacheCluster,
  DeleteCacheParameterGroup: deleteCacheParameterGroup,
  DeleteCacheSubnetGroup: deleteCacheSubnetGroup,
  DeleteReplicationGroup: deleteReplicationGroup,
  DeleteServerlessCache: deleteServerlessCache,
  DeleteServerlessCacheSnapshot: deleteServerlessCacheSnapshot,
  DeleteSnapshot: deleteSnapshot,
  DeleteUser: deleteUser,
  DeleteUserGroup: deleteUserGroup,
  DescribeCacheClusters: describeCacheClusters,
  DescribeCacheEngineVersions: describeCacheEngineVersions,
  DescribeCacheParameterGroups: describeCacheParameterGroups,
  DescribeCacheParameters: describeCacheParameters,
  DescribeCacheSubnetGroups: describeCacheSubnetGroups,
  DescribeEngineDefaultParameters: describeEngineDefaultParameters,
  DescribeEvents: describeEvents,
  DescribeReplicationGroups: describeReplicationGroups,
  DescribeServerlessCacheSnapshots: describeServerlessCacheSnapshots,
  DescribeServerlessCaches: describeServerlessCaches,
  DescribeSnapshots: describeSnapshots,
  DescribeUserGroups: describeUserGroups,
  DescribeUsers: describeUsers,
  IncreaseReplicaCount: increaseReplicaCount,
  ListAllowedNodeTypeModifications: listAllowedNodeTypeModifications,
  ListTagsForResource: listTagsForResource,
  ModifyCacheCluster: modifyCacheCluster,
  ModifyCacheParameterGroup: modifyCacheParameterGroup,
  ModifyCacheSubnetGroup: modifyCacheSubnetGroup,
  ModifyReplicationGroup: modifyReplicationGroup,
  ModifyReplicationGroupShardConfiguration: modifyShardConfiguration,
  ModifyServerlessCache: modifyServerlessCache,
  ModifyUser: modifyUser,
  ModifyUserGroup: modifyUserGroup,
  RebootCacheCluster: rebootCacheCluster,
  RemoveTagsFromResource: removeTagsFromResource,
  ResetCacheParameterGroup: resetCacheParameterGroup,
  TestFailover: testFailover,
};

/** The operations with what they work on: what the protocol layer calls. */
export function createHandlers(plane: Plane): Handlers<ElastiCacheOperations> {
  const bound = Object.entries(operations).map(([name, operation]) => [
    name,
    (input: never, context: never) => (operation as AsyncOperation<OperationName>)(plane, input, context),
  ]);
  return Object.fromEntries(bound) as Handlers<ElastiCacheOperations>;
}
