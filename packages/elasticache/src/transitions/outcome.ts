import type { Plane } from "../plane.ts";
import { groupOf, membersOf } from "../replication-groups/find-group.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord, CacheClusterStatus, ReplicationGroupStatus } from "../state/records.ts";

/** The cluster without its transition, in the status that the transition ended in. */
export function settled(cluster: CacheClusterRecord, status: CacheClusterStatus): CacheClusterRecord {
  const { transition: _ended, ...rest } = cluster;
  return { ...rest, status };
}

/** Whether nothing is being done to a cache but that it comes up: a request may have come while it was adopted, and goes on. */
export function isComingUp({ transition }: { readonly transition?: { readonly kind: string } }): boolean {
  return transition === undefined || transition.kind === "create" || transition.kind === "recover";
}

/**
 * Sets the status of the cluster's group, when it has one and nothing is being done to the group as a whole. A group is not
 * available before all of its members are.
 */
export function setGroupStatus(plane: Plane, cluster: CacheClusterRecord, status: ReplicationGroupStatus): void {
  const group = groupOf(plane, cluster);
  if (group === undefined || group.transition !== undefined || group.pendingAccess !== undefined) return;
  const resting = status !== "available" || membersOf(plane, group).every(serves);
  if (resting) plane.state.groups.set({ ...group, status });
}

/** Whether the cluster takes part in its group: a reboot keeps the group available. */
export function serves({ status }: CacheClusterRecord): boolean {
  return status === "available" || status === "rebooting cache cluster nodes";
}

/** The key of the cluster's tasks. It begins with the account and a slash. */
export function taskKey(cluster: CacheClusterRecord): string {
  return cluster.node.nodeKey;
}

/** The key of the tasks of something that no backend's key names. It begins with the account and a slash, too. */
export function taskKeyOf({ account, region }: Scope, kind: string, id: string): string {
  return `${account}/${region}/${kind}/${id}`;
}
