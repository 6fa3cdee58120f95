import { clusterState, invalidCombination } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { beginScaling, removalOf } from "../replication-groups/begin-scaling.ts";
import { groupOf, requireGroupAvailable, shardOf } from "../replication-groups/find-group.ts";
import { lookup } from "../requests/identifiers.ts";
import { planSnapshot } from "../snapshots/plan-snapshot.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { drive } from "../transitions/transitions.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed, requireDeletable } from "./find-cluster.ts";

/** AWS DeleteCacheCluster, also while it is being created. */
export const deleteCacheCluster: Operation<"DeleteCacheCluster"> = (plane, input, context) => {
  const cluster = clusterNamed(plane, context, input.CacheClusterId);
  const finalSnapshot = lookup(input.FinalSnapshotIdentifier);
  const group = groupOf(plane, cluster);
  if (group !== undefined) return { CacheCluster: clusterView(removeReplica(plane, group, cluster, finalSnapshot)) };
  const snapshot =
    finalSnapshot === undefined ? undefined : planSnapshot(plane, [{ cluster }], finalSnapshot, { source: "manual" });
  requireDeletable(cluster, finalSnapshot);
  const deleting: CacheClusterRecord = {
    ...cluster,
    status: "deleting",
    transition: { kind: "delete", ...(snapshot === undefined ? {} : { finalSnapshot: snapshot.id }) },
  };
  plane.state.transaction(() => {
    plane.state.clusters.set(deleting);
    if (snapshot !== undefined) plane.state.snapshots.set(snapshot);
  });
  drive(plane, deleting);
  return { CacheCluster: clusterView(deleting) };
};

/** Deleting a replica is taking it out of its group. */
function removeReplica(
  plane: Plane,
  group: ReplicationGroupRecord,
  cluster: CacheClusterRecord,
  finalSnapshot: string | undefined,
): CacheClusterRecord {
  if (group.clusterEnabled === true)
    throw clusterState(
      `Cache cluster ${cluster.id} is in replication group ${group.id}, which has cluster mode enabled. Use DecreaseReplicaCount.`,
    );
  if (shardOf(group, cluster.id)?.primaryId === cluster.id)
    throw clusterState(
      `Cache cluster ${cluster.id} is serving as primary for replication group ${group.id} and cannot be deleted.`,
    );
  if (finalSnapshot !== undefined)
    throw invalidCombination("FinalSnapshotIdentifier is not supported for a replica. Take a snapshot of the group.");
  requireGroupAvailable(plane, group);
  beginScaling(plane, group, removalOf(group, [cluster.id]));
  return plane.state.currentCluster(cluster) ?? cluster;
}
