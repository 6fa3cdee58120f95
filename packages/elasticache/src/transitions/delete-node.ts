import type { Plane } from "../plane.ts";
import { removeSnapshot } from "../snapshots/delete-snapshot.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { settled } from "./outcome.ts";
import { removeNode } from "./remove-node.ts";
import { storeSnapshot } from "./store-snapshot.ts";

/**
 * Ends `deleting`: the node is gone, then the records. When the final snapshot fails, the deletion does not happen: the data would
 * be lost. A failing backend is asked until it succeeds.
 */
export async function deleteNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "delete") return;
  const { finalSnapshot } = cluster.transition;
  if (finalSnapshot !== undefined) {
    const stored = await storeSnapshot(plane, cluster, finalSnapshot, signal);
    if (signal.aborted) return;
    if (!stored) return keep(plane, cluster, finalSnapshot);
    plane.state.updateCluster(cluster, (current) => ({ ...current, transition: { kind: "delete" } }));
  }
  await removeNode(plane, cluster, signal);
  if (!signal.aborted) forget(plane, cluster);
}

function forget(plane: Plane, begun: CacheClusterRecord): void {
  plane.state.transaction(() => {
    const cluster = plane.state.currentCluster(begun);
    if (cluster !== undefined) forgetCluster(plane, cluster);
  });
}

/** Removes the records of a cluster that is gone. To be called in a transaction. */
export function forgetCluster(plane: Plane, cluster: CacheClusterRecord): void {
  plane.state.clusters.delete(cluster, cluster.id);
  plane.state.tags.delete(cluster, `cluster:${cluster.id}`);
  // As on AWS, automatic snapshots go with their cluster; manual ones stay.
  for (const snapshot of plane.state.snapshots.list(cluster))
    if (
      snapshot.source === "automated" &&
      snapshot.clusterId === cluster.id &&
      snapshot.replicationGroupId === undefined
    )
      removeSnapshot(plane, snapshot);
  plane.events.ofCluster(cluster, "Cache cluster deleted");
}

function keep(plane: Plane, cluster: CacheClusterRecord, snapshot: string): void {
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => settled(current, "available"));
    if (changed === undefined) return;
    plane.events.ofCluster(changed, `The cache cluster is not deleted because its final snapshot ${snapshot} failed`);
  });
}
