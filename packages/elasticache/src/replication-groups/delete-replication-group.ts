import { requireDeletable } from "../clusters/find-cluster.ts";
import { groupState, invalidCombination } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { lookup } from "../requests/identifiers.ts";
import { planSnapshot } from "../snapshots/plan-snapshot.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { drive } from "../transitions/transitions.ts";
import { groupNamed, memberOf, requireGroupAvailable } from "./find-group.ts";
import { groupView } from "./group-view.ts";

/** AWS DeleteReplicationGroup, also while it is being created. With RetainPrimaryCluster the node stays as a cache cluster. */
export const deleteReplicationGroup: Operation<"DeleteReplicationGroup"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  const member = memberOf(plane, group);
  const finalSnapshot = lookup(input.FinalSnapshotIdentifier);
  if (input.RetainPrimaryCluster === true) {
    if (finalSnapshot !== undefined)
      throw invalidCombination("FinalSnapshotIdentifier cannot be used with RetainPrimaryCluster.");
    requireGroupAvailable(group, member);
    return { ReplicationGroup: retainPrimary(plane, group, member) };
  }
  const snapshot =
    finalSnapshot === undefined ? undefined : planSnapshot(plane, member, finalSnapshot, { source: "manual", group });
  if (finalSnapshot !== undefined) requireGroupAvailable(group, member);
  else refuseBusy(group, member);
  const deletingMember: CacheClusterRecord = {
    ...member,
    status: "deleting",
    transition: { kind: "delete", ...(snapshot === undefined ? {} : { finalSnapshot: snapshot.id }) },
  };
  const deleting: ReplicationGroupRecord = { ...group, status: "deleting" };
  plane.state.transaction(() => {
    plane.state.groups.set(deleting);
    plane.state.clusters.set(deletingMember);
    if (snapshot !== undefined) plane.state.snapshots.set(snapshot);
  });
  drive(plane, deletingMember);
  return { ReplicationGroup: groupView(deleting, deletingMember) };
};

function refuseBusy(group: ReplicationGroupRecord, member: CacheClusterRecord): void {
  try {
    requireDeletable(member, undefined);
  } catch {
    throw groupState(`Replication group ${group.id} cannot be deleted while its cache cluster is ${member.status}.`);
  }
}

function retainPrimary(
  plane: Plane,
  group: ReplicationGroupRecord,
  member: CacheClusterRecord,
): ReturnType<typeof groupView> {
  const { replicationGroupId: _left, ...kept } = member;
  const standalone: CacheClusterRecord = { ...kept, ...(group.access === undefined ? {} : { access: group.access }) };
  plane.state.transaction(() => {
    plane.state.groups.delete(group, group.id);
    plane.state.tags.delete(group, `replicationgroup:${group.id}`);
    plane.state.clusters.set(standalone);
    plane.events.add(group, "replication-group", group.id, `Replication group ${group.id} deleted`);
  });
  return groupView({ ...group, status: "deleting" }, member);
}
