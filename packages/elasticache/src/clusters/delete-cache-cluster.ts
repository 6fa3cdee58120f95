import { clusterState } from "../errors.ts";
import type { Operation } from "../operation.ts";
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
  if (cluster.replicationGroupId !== undefined)
    throw clusterState(
      `Cache cluster ${cluster.id} is serving as primary for replication group ${cluster.replicationGroupId} and cannot be deleted.`,
    );
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
