import { changedAccess } from "../access/change-access.ts";
import { planModification } from "../clusters/plan-modification.ts";
import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { driveGroupAccess } from "../transitions/access.ts";
import { drive, driveParameters } from "../transitions/transitions.ts";
import { groupNamed, memberOf, requireGroupAvailable } from "./find-group.ts";
import { groupView } from "./group-view.ts";

type ModifyInput = Input<"ModifyReplicationGroup">;

/** AWS ModifyReplicationGroup: everything but the description is the member's. */
export const modifyReplicationGroup: Operation<"ModifyReplicationGroup"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  const member = memberOf(plane, group);
  refuseUnsupported(input);
  refuseGroupChanges(input, member.id);
  const planned = planModification(plane, member, input);
  const pendingAccess = changedAccess(plane.state, context, input, {
    ...planned.cluster,
    settings: group.access ?? {},
    nowMs: plane.clock.now(),
  });
  if (!planned.changed && !asksForSomething(input)) throw invalidCombination("No modifications were requested");
  requireGroupAvailable(group, member);
  const changed: ReplicationGroupRecord = {
    ...group,
    description: filled(input.ReplicationGroupDescription) ?? group.description,
    status: planned.cluster.transition === undefined && pendingAccess === undefined ? group.status : "modifying",
    ...(pendingAccess === undefined ? {} : { pendingAccess }),
  };
  plane.state.transaction(() => {
    plane.state.groups.set(changed);
    plane.state.clusters.set(planned.cluster);
  });
  drive(plane, planned.cluster);
  if (pendingAccess !== undefined) driveGroupAccess(plane, changed);
  if (planned.applyParameters) driveParameters(plane, planned.cluster);
  return { ReplicationGroup: groupView(changed, planned.cluster) };
};

function refuseGroupChanges(input: ModifyInput, memberId: string): void {
  if (input.AutomaticFailoverEnabled === true)
    throw invalidCombination(
      "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
    );
  if (input.MultiAZEnabled === true)
    throw invalidCombination("Multi-AZ must be used with automatic failover, which needs at least 2 cache clusters.");
  for (const member of ["PrimaryClusterId", "SnapshottingClusterId"] as const) {
    const named = filled(input[member])?.toLowerCase();
    if (named !== undefined && named !== memberId)
      throw invalidValue(
        `The parameter ${member} is ${named}, which is not in the replication group. Its only member is ${memberId}.`,
      );
  }
  if (input.ClusterMode !== undefined && input.ClusterMode !== "disabled")
    throw unsupported("Cluster mode", "Set ClusterMode to disabled.");
  if (filled(input.NotificationTopicStatus) !== undefined)
    throw unsupported("Notification over SNS", "Leave out NotificationTopicStatus.");
}

/** A request that names values which are set already is fine; one that names none is not. */
function asksForSomething(input: ModifyInput): boolean {
  const { ReplicationGroupId: _id, ApplyImmediately: _when, ...members } = input;
  return Object.values(members).some((value) => value !== undefined && value !== "");
}
