import { clusterState } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { groupOf, shardOf } from "../replication-groups/find-group.ts";
import { lookup } from "../requests/identifiers.ts";
import { planSnapshot } from "../snapshots/plan-snapshot.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { drive } from "../transitions/transitions.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed, requireDeletable } from "./find-cluster.ts";

/** AWS DeleteCacheCluster, also while it is being created. */
export const deleteCacheCluster: Operation<"DeleteCacheCluster"> = (plane, input, context) => {
  const cluster = clusterNamed(plane, context, input.CacheClusterId);
  const finalSnapshot = lookup(input.FinalSnapshotIdentifier);
  const group = groupOf(plane, cluster);
  if (group !== undefined) {
    const role = shardOf(group, cluster.id)?.primaryId === cluster.id ? "primary" : "replica";
    throw clusterState(
      `Cache cluster ${cluster.id} is serving as ${role} for replication group ${group.id} and cannot be deleted.`,
    );
  }
  const snapshot =
    finalSnapshot === undefined ? undefined : planSnapshot(plane, cluster, finalSnapshot, { source: "manual" });
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
