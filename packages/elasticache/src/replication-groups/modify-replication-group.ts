import { changedAccess } from "../access/change-access.ts";
import { type Modification, planModification } from "../clusters/plan-modification.ts";
import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import type { GroupTransition } from "../state/transition-records.ts";
import { driveGroupAccess } from "../transitions/access.ts";
import { driveGroup, driveRefresh, inHand } from "../transitions/group-transitions.ts";
import { driveParameters } from "../transitions/transitions.ts";
import { groupNamed, memberIdsOf, membersOf, primaryOf, requireGroupAvailable, shardOf } from "./find-group.ts";
import { groupView } from "./group-view.ts";
import { checkFailover } from "./refuse-topologies.ts";

type ModifyInput = Input<"ModifyReplicationGroup">;

/** AWS ModifyReplicationGroup: engine and windows are those of all members. */
export const modifyReplicationGroup: Operation<"ModifyReplicationGroup"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  refuseUnsupported(input);
  refuseGroupChanges(input, group);
  const automaticFailover = input.AutomaticFailoverEnabled ?? group.automaticFailover;
  const multiAz = input.MultiAZEnabled ?? group.multiAz;
  const clusterMode = group.clusterEnabled;
  for (const shard of group.shards) checkFailover(shard.memberIds.length, { automaticFailover, multiAz, clusterMode });
  const snapshottingId = lookup(input.SnapshottingClusterId) ?? group.snapshottingId;
  const modifications = membersOf(plane, group).map((member) => planModification(plane, member, input));
  const pendingAccess = changedAccess(plane.state, context, input, {
    ...(modifications[0]?.cluster ?? primaryOf(plane, group)),
    settings: group.access ?? {},
    nowMs: plane.clock.now(),
  });
  const reencrypts = pendingAccess !== undefined && pendingAccess.transitEncryption !== group.access?.transitEncryption;
  const planned = reencrypts ? modifications.map(withNewEngine) : modifications;
  if (planned.every(({ changed }) => !changed) && !asksForSomething(input))
    throw invalidCombination("No modifications were requested");
  requireGroupAvailable(plane, group);
  const promotion = promotionOf(input, group, automaticFailover);
  const replaces = reencrypts || planned.some(({ cluster }) => cluster.transition !== undefined);
  if (promotion !== undefined && replaces)
    throw invalidCombination("PrimaryClusterId cannot be used together with changes of the engine.");
  const changed: ReplicationGroupRecord = {
    ...group,
    description: filled(input.ReplicationGroupDescription) ?? group.description,
    automaticFailover,
    multiAz,
    ...(snapshottingId === undefined ? {} : { snapshottingId }),
    ...(pendingAccess === undefined ? {} : { status: "modifying", pendingAccess }),
    ...(replaces ? { status: "modifying", transition: { kind: "modify" } } : {}),
    ...(promotion === undefined ? {} : { status: "modifying", transition: promotion }),
  };
  plane.state.transaction(() => {
    plane.state.groups.set(changed);
    for (const { cluster } of planned) plane.state.clusters.set(replaces ? inHand(cluster, "modifying") : cluster);
  });
  driveGroup(plane, changed);
  if (automaticFailover !== group.automaticFailover) driveRefresh(plane, changed);
  if (pendingAccess !== undefined) driveGroupAccess(plane, changed);
  for (const { cluster, applyParameters } of planned) if (applyParameters) driveParameters(plane, cluster);
  return { ReplicationGroup: groupView(plane, changed) };
};

/** An engine is started for what it listens to: each member gets a new one, if only with the settings that it has. */
function withNewEngine(planned: Modification): Modification {
  const { engine, engineVersion, nodeType, parameterGroup, pending } = planned.cluster;
  return {
    ...planned,
    cluster: { ...planned.cluster, pending: { engine, engineVersion, nodeType, parameterGroup, ...pending } },
  };
}

function refuseGroupChanges(input: ModifyInput, group: ReplicationGroupRecord): void {
  if (group.clusterEnabled === true) refuseInClusterMode(input);
  const members = memberIdsOf(group);
  for (const member of ["PrimaryClusterId", "SnapshottingClusterId"] as const) {
    const named = lookup(input[member]);
    if (named !== undefined && !members.includes(named))
      throw invalidValue(
        `The parameter ${member} is ${named}, which is not in the replication group. Its members are ${members.join(", ")}.`,
      );
  }
  const mode = group.clusterEnabled === true ? "enabled" : "disabled";
  if (input.ClusterMode !== undefined && input.ClusterMode !== mode)
    throw unsupported(
      `Changing ClusterMode from ${mode} to ${input.ClusterMode}`,
      "Restore a snapshot into a new group.",
    );
  if (filled(input.NotificationTopicStatus) !== undefined)
    throw unsupported("Notification over SNS", "Leave out NotificationTopicStatus.");
}

/** @throws AwsError with AWS's words for what has no meaning with several shards. */
function refuseInClusterMode(input: ModifyInput): void {
  if (lookup(input.SnapshottingClusterId) !== undefined)
    throw invalidCombination("Cannot set snapshotting cluster for cluster mode enabled replication group");
  if (input.AutomaticFailoverEnabled === false)
    throw invalidCombination(
      "Turning off automatic failover for replication group with cluster mode enabled is not supported.",
    );
  if (lookup(input.PrimaryClusterId) !== undefined)
    throw invalidCombination(
      "PrimaryClusterId cannot be set for a replication group with cluster mode enabled. Use TestFailover.",
    );
}

/**
 * The promotion that PrimaryClusterId asks for; none when it names the primary.
 * @throws AwsError `InvalidParameterCombination` while automatic failover decides who is the primary.
 */
function promotionOf(
  input: ModifyInput,
  group: ReplicationGroupRecord,
  automaticFailover: boolean,
): GroupTransition | undefined {
  const to = lookup(input.PrimaryClusterId);
  const shard = to === undefined ? undefined : shardOf(group, to);
  if (to === undefined || shard === undefined || shard.primaryId === to) return undefined;
  if (automaticFailover)
    throw invalidCombination(
      "A replica cannot be promoted while automatic failover is enabled. Disable it with AutomaticFailoverEnabled first.",
    );
  return { kind: "failover", shardId: shard.id, to, test: false };
}

/** A request that names values which are set already is fine; one that names none is not. */
function asksForSomething(input: ModifyInput): boolean {
  const { ReplicationGroupId: _id, ApplyImmediately: _when, ...members } = input;
  return Object.values(members).some((value) => value !== undefined && value !== "");
}
