import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { removeSnapshot } from "../snapshots/delete-snapshot.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { setGroupStatus, settled } from "./outcome.ts";
import { storeSnapshot } from "./snapshot-node.ts";

/** Milliseconds between tries to delete a node, the last one again and again. */
const retryDelaysMs = [1_000, 2_000, 5_000, 15_000, 60_000];

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

async function removeNode(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const { nodeKey } = cluster.node;
  const call = {
    what: `deleting cache cluster ${cluster.id}`,
    timeoutSeconds: plane.settings.deleteTimeoutSeconds,
    signal,
  };
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await callBackend(plane, call, (within) => plane.backend.delete(nodeKey, { signal: within }));
    } catch (error) {
      if (signal.aborted) return;
      const message = `The cache node could not be deleted yet: ${failureText(error)}`;
      plane.logger.warn({ cluster: cluster.id, account: cluster.account, region: cluster.region, attempt }, message);
      if (attempt === 0) plane.events.ofCluster(cluster, message, message);
      const delay = retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)] ?? 0;
      await plane.clock.sleep(delay, signal).catch(() => undefined);
    }
  }
}

/** The records of a cluster that is gone, and of its group, go together. */
function forget(plane: Plane, begun: CacheClusterRecord): void {
  plane.state.transaction(() => {
    const cluster = plane.state.currentCluster(begun);
    if (cluster === undefined) return;
    plane.state.clusters.delete(cluster, cluster.id);
    plane.state.tags.delete(cluster, `cluster:${cluster.id}`);
    // As on AWS, automatic snapshots go with their cluster; manual ones stay.
    for (const snapshot of plane.state.snapshots.list(cluster))
      if (snapshot.source === "automated" && snapshot.clusterId === cluster.id) removeSnapshot(plane, snapshot);
    plane.events.ofCluster(cluster, "Cache cluster deleted", `Replication group ${cluster.replicationGroupId} deleted`);
    if (cluster.replicationGroupId === undefined) return;
    plane.state.groups.delete(cluster, cluster.replicationGroupId);
    plane.state.tags.delete(cluster, `replicationgroup:${cluster.replicationGroupId}`);
  });
}

function keep(plane: Plane, cluster: CacheClusterRecord, snapshot: string): void {
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => settled(current, "available"));
    if (changed === undefined) return;
    setGroupStatus(plane, changed, "available");
    const message = `The cache cluster is not deleted because its final snapshot ${snapshot} failed`;
    plane.events.ofCluster(changed, message, message);
  });
}
