import type { CacheNodeEvent } from "../backend/backend.ts";
import type { Plane } from "../plane.ts";
import { groupOf, shardOf } from "../replication-groups/find-group.ts";
import { onServerlessEvent } from "../serverless/transitions.ts";
import type { CacheClusterRecord, CacheNodeRecord } from "../state/records.ts";
import { failoverCompleted } from "./fail-over-group.ts";
import { nodeKeysOf, onlyNodeId } from "./node-spec.ts";
import { setGroupStatus, taskKey } from "./outcome.ts";
import { becomeUnusable } from "./start-node.ts";
import { drive, driveAdoption } from "./transitions.ts";

/** Makes events and statuses of what the backend reports about nodes that nobody asked to change. */
export function watchNodes(plane: Plane): () => void {
  return plane.backend.onEvent((event) => {
    const cluster = plane.state.clusters.all().find((each) => nodeKeysOf(each).includes(event.nodeKey));
    if (cluster === undefined) onServerlessEvent(plane, event);
    // The nodes serve on, and clients keep the list that they have.
    else if (cluster.cacheNodes !== undefined && cluster.node.nodeKey === event.nodeKey)
      plane.events.ofCluster(cluster, `Configuration endpoint: ${event.message}`);
    else if (event.type === "promoted") onPromoted(plane, cluster);
    else onNodeEvent(plane, cluster, event);
  });
}

function onNodeEvent(plane: Plane, cluster: CacheClusterRecord, event: CacheNodeEvent): void {
  // While something else is under way for the node, that decides its status.
  const undisturbed = cluster.transition === undefined || cluster.transition.kind === "recover";
  if (!undisturbed) plane.events.ofCluster(cluster, event.message);
  else if (event.type === "lost") onLost(plane, cluster, event);
  else if (event.type === "failed") onFailed(plane, cluster, event);
  else {
    const kept = event.dataKept === true ? "with its data" : "empty";
    const message = `Finished recovery for cache nodes ${nodeIdOf(cluster, event)} (${kept}): ${event.message}`;
    driveAdoption(plane, cluster, { message, preempt: true });
  }
}

/** The backend has made another node the primary, because the one before was lost. */
function onPromoted(plane: Plane, cluster: CacheClusterRecord): void {
  const group = groupOf(plane, cluster);
  const shard = group === undefined ? undefined : shardOf(group, cluster.id);
  if (group === undefined || shard === undefined || shard.primaryId === cluster.id) return;
  plane.state.transaction(() => {
    const shards = group.shards.map((each) => (each.id === shard.id ? { ...each, primaryId: cluster.id } : each));
    plane.state.groups.set({ ...group, shards });
    failoverCompleted(plane, group, { from: shard.primaryId, to: cluster.id });
  });
}

/** In the place of the task that waits for the recovery. */
function onFailed(plane: Plane, cluster: CacheClusterRecord, event: CacheNodeEvent): void {
  const message = `Failed to recover cache node ${nodeIdOf(cluster, event)}: ${event.message}`;
  // The other nodes serve on, and the backend goes on trying.
  if ((cluster.cacheNodes ?? []).length > 1) {
    plane.events.ofCluster(cluster, message);
    return;
  }
  const work = (): Promise<void> => Promise.resolve(becomeUnusable(plane, cluster, "incompatible-network", message));
  plane.tasks.run(taskKey(cluster), work, { preempt: true });
}

function onLost(plane: Plane, cluster: CacheClusterRecord, event: CacheNodeEvent): void {
  const message = `Recovering cache nodes ${nodeIdOf(cluster, event)}: ${event.message}`;
  const changed = plane.state.transaction(() => {
    const lost = plane.state.updateCluster(cluster, (current) => ({
      ...current,
      status: "modifying",
      transition: { kind: "recover" },
      ...(current.cacheNodes === undefined
        ? {}
        : { cacheNodes: current.cacheNodes.map((node) => (node.nodeKey === event.nodeKey ? recovering(node) : node)) }),
    }));
    if (lost === undefined) return undefined;
    setGroupStatus(plane, lost, "modifying");
    plane.events.ofCluster(lost, message, message);
    return lost;
  });
  if (changed !== undefined && cluster.transition?.kind !== "recover") drive(plane, changed);
}

function recovering(node: CacheNodeRecord): CacheNodeRecord {
  return { ...node, status: "modifying" };
}

function nodeIdOf({ cacheNodes = [] }: CacheClusterRecord, { nodeKey }: CacheNodeEvent): string {
  return cacheNodes.find((node) => node.nodeKey === nodeKey)?.id ?? onlyNodeId;
}
