import { planAccess } from "../access/plan-access.ts";
import { fault, invalidCombination } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { beginScaling } from "../replication-groups/begin-scaling.ts";
import { groupNamed, memberIdsOf, requireGroupAvailable } from "../replication-groups/find-group.ts";
import { filled, identifier, identifierLengths } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import { spreadZone } from "../requests/zones.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { drive } from "../transitions/transitions.ts";
import { clusterView } from "./cluster-view.ts";
import { newNodes, nodeCount, plannedZones } from "./memcached-nodes.ts";
import { planCluster, requireNodeQuota } from "./plan-cluster.ts";

/** AWS CreateCacheCluster: one node of redis or valkey, or memcached with its nodes. */
export const createCacheCluster: Operation<"CreateCacheCluster"> = (plane, input, context) => {
  const id = identifier(input.CacheClusterId, "CacheClusterIdentifier", identifierLengths.cluster);
  refuseUnsupported(input);
  if (filled(input.ReplicationGroupId) !== undefined)
    return { CacheCluster: clusterView(addReplica(plane, input, context, id)) };
  const tags = requestTags(input.Tags);
  const base = planCluster(plane, context, input, {
    id,
    node: { resourceType: "cluster", resourceId: id },
    availabilityZone: zoneOf(input),
  });
  const planned = withNodes(plane, input, base);
  const access = planAccess(plane.state, context, input, { ...planned, nowMs: plane.clock.now() });
  const cluster: CacheClusterRecord = { ...planned, access };
  if (plane.state.clusters.get(context, id) !== undefined)
    throw fault("CacheClusterAlreadyExistsFault", `Cache cluster ${id} already exists.`);
  plane.state.transaction(() => {
    plane.state.clusters.set(cluster);
    setTags(plane.state, cluster, "cluster", id, tags);
  });
  drive(plane, cluster);
  return { CacheCluster: clusterView(cluster) };
};

/** A cluster with a ReplicationGroupId is a replica: engine, node type and everything else are the group's. */
function addReplica(plane: Plane, input: Input<"CreateCacheCluster">, scope: Scope, id: string): CacheClusterRecord {
  const group = groupNamed(plane, scope, input.ReplicationGroupId);
  if ((input.NumCacheNodes ?? 1) !== 1)
    throw invalidCombination("Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1.");
  if (filled(input.SnapshotName) !== undefined || (input.SnapshotArns ?? []).length > 0)
    throw invalidCombination("SnapshotName is not supported for a replica: it has its group's data.");
  if (group.clusterEnabled === true)
    throw invalidCombination(
      `Replication group ${group.id} has cluster mode enabled: use IncreaseReplicaCount to add replicas.`,
    );
  if (plane.state.clusters.get(scope, id) !== undefined)
    throw fault("CacheClusterAlreadyExistsFault", `Cache cluster ${id} already exists.`);
  requireGroupAvailable(plane, group);
  const availabilityZone = zoneOf(input) ?? spreadZone(scope.region, memberIdsOf(group).length);
  const shardId = group.shards[0]?.id ?? "";
  beginScaling(plane, group, [{ shardId, adding: [{ id, availabilityZone }], removing: [] }]);
  const added = plane.state.clusters.get(scope, id);
  if (added === undefined) throw new Error(`the replica ${id} was not stored`);
  return added;
}

function withNodes(plane: Plane, input: Input<"CreateCacheCluster">, cluster: CacheClusterRecord): CacheClusterRecord {
  const count = nodeCount(input.NumCacheNodes, cluster.engine);
  if (cluster.engine !== "memcached") {
    if (input.AZMode === "cross-az") throw invalidCombination("AZMode cross-az is supported for memcached only.");
    if ((input.PreferredAvailabilityZones ?? []).length > 1)
      throw invalidCombination("PreferredAvailabilityZones is supported for memcached only.");
    return cluster;
  }
  requireNodeQuota(plane, cluster, count);
  const zones = plannedZones(input, cluster.region, count);
  const cacheNodes = newNodes(cluster, zones, cluster.createdAtMs);
  return { ...cluster, availabilityZone: zones[0] ?? cluster.availabilityZone, cacheNodes, configurationVersion: 1 };
}

function zoneOf(input: Input<"CreateCacheCluster">): string | undefined {
  return filled(input.PreferredAvailabilityZone) ?? input.PreferredAvailabilityZones?.[0];
}
