import { groupState, invalidCombination } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { lookup } from "../requests/identifiers.ts";
import { finalSourcesOf } from "../snapshots/begin-snapshot.ts";
import { planSnapshot } from "../snapshots/plan-snapshot.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { driveGroup, inHand } from "../transitions/group-transitions.ts";
import { groupNamed, membersOf, primaryOf, requireGroupAvailable } from "./find-group.ts";
import { groupView } from "./group-view.ts";

/** AWS DeleteReplicationGroup, also while it is being created. With RetainPrimaryCluster the primary stays as a cache cluster. */
export const deleteReplicationGroup: Operation<"DeleteReplicationGroup"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  const finalSnapshot = lookup(input.FinalSnapshotIdentifier);
  const retaining = input.RetainPrimaryCluster === true;
  if (retaining && finalSnapshot !== undefined)
    throw invalidCombination("FinalSnapshotIdentifier cannot be used with RetainPrimaryCluster.");
  const snapshot =
    finalSnapshot === undefined
      ? undefined
      : planSnapshot(plane, finalSourcesOf(plane, group), finalSnapshot, { source: "manual", group });
  if (retaining || snapshot !== undefined) requireGroupAvailable(plane, group);
  else refuseBusy(plane, group);
  const retained = retaining ? primaryOf(plane, group).id : undefined;
  const deleting: ReplicationGroupRecord = {
    ...group,
    status: "deleting",
    transition: {
      kind: "delete",
      ...(snapshot === undefined ? {} : { finalSnapshot: snapshot.id }),
      ...(retained === undefined ? {} : { retain: retained }),
    },
  };
  plane.state.transaction(() => {
    plane.state.groups.set(deleting);
    for (const member of membersOf(plane, group))
      plane.state.clusters.set(inHand(member, member.id === retained ? "modifying" : "deleting"));
    if (snapshot !== undefined) plane.state.snapshots.set(snapshot);
  });
  driveGroup(plane, deleting);
  return { ReplicationGroup: groupView(plane, deleting) };
};

/** Deleting is possible while nothing reads from or writes to the members' data. */
function refuseBusy(plane: Plane, group: ReplicationGroupRecord): void {
  const { transition } = group;
  // What cannot be had, and cannot be undone either, can still be deleted.
  const failing = transition?.kind === "reshard" && transition.failure !== undefined;
  if (transition !== undefined && transition.kind !== "create" && !failing)
    throw groupState(`Replication group ${group.id} cannot be deleted while it is ${group.status}.`);
  for (const { transition, id, status } of membersOf(plane, group))
    if (transition !== undefined && transition.kind !== "group" && transition.kind !== "recover")
      throw groupState(`Replication group ${group.id} cannot be deleted while its cache cluster ${id} is ${status}.`);
}
