import { groupNotFound, groupState } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import type { SlotLayout } from "../state/transition-records.ts";

/** @throws AwsError `ReplicationGroupNotFoundFault`; `InvalidParameterValue` for a blank id. */
export function groupNamed(plane: Plane, scope: Scope, id: string | undefined): ReplicationGroupRecord {
  const given = required(id, "ReplicationGroupId").toLowerCase();
  const found = plane.state.groups.get(scope, given);
  if (found === undefined) throw groupNotFound(given);
  return found;
}

/** The group that the cluster is a member of. */
export function groupOf(plane: Plane, cluster: CacheClusterRecord): ReplicationGroupRecord | undefined {
  const { replicationGroupId } = cluster;
  return replicationGroupId === undefined ? undefined : plane.state.groups.get(cluster, replicationGroupId);
}

/** The ids of all members, shard by shard. */
export function memberIdsOf(group: ReplicationGroupRecord): string[] {
  return group.shards.flatMap((shard) => shard.memberIds);
}

/** The shards that are shown: those that were asked for. */
export function shownShards({ shards }: ReplicationGroupRecord): ShardRecord[] {
  return shards.filter(({ passing }) => passing !== true);
}

/** All members, shard by shard. They are stored and removed together with the group. */
export function membersOf(plane: Plane, group: ReplicationGroupRecord): CacheClusterRecord[] {
  return group.shards.flatMap((shard) => membersOfShard(plane, group, shard));
}

/** The members of one shard of the group. */
export function membersOfShard(
  plane: Plane,
  group: ReplicationGroupRecord,
  { memberIds }: ShardRecord,
): CacheClusterRecord[] {
  return memberIds.map((id) => memberNamed(plane, group, id));
}

/** The shard that the cluster is in. */
export function shardOf(group: ReplicationGroupRecord, clusterId: string): ShardRecord | undefined {
  return group.shards.find((shard) => shard.memberIds.includes(clusterId));
}

/** In cluster mode, the slots of the shards that have some. */
export function slotsOfShards({ shards }: ReplicationGroupRecord): SlotLayout {
  return Object.fromEntries(shards.flatMap(({ id, slots }) => (slots === undefined ? [] : [[id, slots]])));
}

/** The primary of the first shard: what describes the group's engine, windows and settings. */
export function primaryOf(plane: Plane, group: ReplicationGroupRecord): CacheClusterRecord {
  return memberNamed(plane, group, group.shards[0]?.primaryId ?? "");
}

/** The primary of a shard. */
export function primaryOfShard(plane: Plane, group: ReplicationGroupRecord, shard: ShardRecord): CacheClusterRecord {
  return memberNamed(plane, group, shard.primaryId);
}

/** The member of a shard that snapshots are taken from: the named one, else a replica, which has time for it, else the primary. */
export function snapshotSourceOf(
  plane: Plane,
  group: ReplicationGroupRecord,
  shard: ShardRecord | undefined = group.shards[0],
): CacheClusterRecord {
  if (shard === undefined) throw new Error(`replication group ${group.id} has no shard`);
  const members = membersOfShard(plane, group, shard);
  const named = members.find((member) => member.id === group.snapshottingId);
  const replica = members.findLast((member) => member.id !== shard.primaryId && member.status === "available");
  return named ?? replica ?? primaryOfShard(plane, group, shard);
}

/** @throws AwsError `InvalidReplicationGroupState` while something else is under way for the group or one of its members. */
export function requireGroupAvailable(plane: Plane, group: ReplicationGroupRecord): void {
  if (group.status !== "available" || group.transition !== undefined || group.pendingAccess !== undefined)
    throw groupState(`Replication group ${group.id} is not in available state, but ${group.status}.`);
  for (const member of membersOf(plane, group))
    if (member.status !== "available" || member.transition !== undefined)
      throw groupState(
        `Cache cluster ${member.id} of replication group ${group.id} is ${member.status}, not available.`,
      );
}

function memberNamed(plane: Plane, group: ReplicationGroupRecord, id: string): CacheClusterRecord {
  const member = plane.state.clusters.get(group, id);
  if (member === undefined) throw new Error(`replication group ${group.id} has lost its member ${id}`);
  return member;
}
