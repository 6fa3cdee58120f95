import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, CacheClusterStatus, ReplicationGroupStatus } from "../state/records.ts";

/** The cluster without its transition, in the status that the transition ended in. */
export function settled(cluster: CacheClusterRecord, status: CacheClusterStatus): CacheClusterRecord {
  const { transition: _ended, ...rest } = cluster;
  return { ...rest, status };
}

/** Sets the status of the cluster's group, when it has one. */
export function setGroupStatus(plane: Plane, cluster: CacheClusterRecord, status: ReplicationGroupStatus): void {
  if (cluster.replicationGroupId === undefined) return;
  const group = plane.state.groups.get(cluster, cluster.replicationGroupId);
  if (group !== undefined) plane.state.groups.set({ ...group, status });
}

/** The key of the cluster's tasks. It begins with the account and a slash. */
export function taskKey(cluster: CacheClusterRecord): string {
  return cluster.node.nodeKey;
}
