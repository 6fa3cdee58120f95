import { groupNotFound, groupState } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";

/** @throws AwsError `ReplicationGroupNotFoundFault`; `InvalidParameterValue` for a blank id. */
export function groupNamed(plane: Plane, scope: Scope, id: string | undefined): ReplicationGroupRecord {
  const given = required(id, "ReplicationGroupId").toLowerCase();
  const found = plane.state.groups.get(scope, given);
  if (found === undefined) throw groupNotFound(given);
  return found;
}

/** The group's only member. It is stored and removed together with the group. */
export function memberOf(plane: Plane, group: ReplicationGroupRecord): CacheClusterRecord {
  const member = plane.state.clusters.get(group, group.memberId);
  if (member === undefined) throw new Error(`replication group ${group.id} has lost its member ${group.memberId}`);
  return member;
}

/** @throws AwsError `InvalidReplicationGroupState` while something else is under way for the group or its member. */
export function requireGroupAvailable(group: ReplicationGroupRecord, member: CacheClusterRecord): void {
  if (group.status !== "available" || group.pendingAccess !== undefined)
    throw groupState(`Replication group ${group.id} is not in available state, but ${group.status}.`);
  if (member.status !== "available" || member.transition !== undefined)
    throw groupState(`Cache cluster ${member.id} of replication group ${group.id} is ${member.status}, not available.`);
}
