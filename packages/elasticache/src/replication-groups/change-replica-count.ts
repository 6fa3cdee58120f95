import { fault, invalidCombination, invalidValue } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import { beginScaling, furtherReplicas, removalOf, type ShardChange } from "./begin-scaling.ts";
import { groupNamed, requireGroupAvailable } from "./find-group.ts";
import { groupView } from "./group-view.ts";
import { maxReplicas } from "./plan-members.ts";
import { within } from "./refuse-topologies.ts";

type CountInput = Input<"IncreaseReplicaCount"> & Input<"DecreaseReplicaCount">;

/** AWS IncreaseReplicaCount: of every node group, or of those in ReplicaConfiguration. */
export const increaseReplicaCount: Operation<"IncreaseReplicaCount"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  requireNow(input);
  refuseUnsupported(input);
  const changes = wantedCounts(group, input).map(({ shard, count, zones }): ShardChange => {
    const more = count - (shard.memberIds.length - 1);
    if (more < 0) throw fewerOrMore(shard, count, "higher");
    return {
      shardId: shard.id,
      adding: furtherReplicas(plane, group, shard.memberIds.length, {
        count: more,
        zones,
        shardId: group.clusterEnabled === true ? shard.id : undefined,
      }),
      removing: [],
    };
  });
  return begin(plane, group, changes);
};

/** AWS DecreaseReplicaCount: to a count, of which the newest go, or by naming those that go. */
export const decreaseReplicaCount: Operation<"DecreaseReplicaCount"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  requireNow(input);
  const named = (input.ReplicasToRemove ?? []).map((id) => id.toLowerCase());
  if (named.length > 0) {
    if (input.NewReplicaCount !== undefined || (input.ReplicaConfiguration ?? []).length > 0)
      throw invalidCombination("ReplicasToRemove cannot be used with NewReplicaCount or ReplicaConfiguration.");
    return begin(plane, group, removalOf(group, named));
  }
  const changes = wantedCounts(group, input).map(({ shard, count }): ShardChange => {
    const less = shard.memberIds.length - 1 - count;
    if (less < 0) throw fewerOrMore(shard, count, "lower");
    const replicas = shard.memberIds.filter((id) => id !== shard.primaryId);
    return { shardId: shard.id, adding: [], removing: less === 0 ? [] : replicas.slice(-less) };
  });
  return begin(plane, group, changes);
};

function begin(
  plane: Plane,
  group: ReplicationGroupRecord,
  changes: readonly ShardChange[],
): { readonly ReplicationGroup: ReturnType<typeof groupView> } {
  const real = changes.filter(({ adding, removing }) => adding.length + removing.length > 0);
  if (real.length === 0)
    throw fault("NoOperationFault", `Replication group ${group.id} has that many replicas already.`);
  requireGroupAvailable(plane, group);
  return { ReplicationGroup: groupView(plane, beginScaling(plane, group, real)) };
}

/** AWS knows no other way. */
function requireNow({ ApplyImmediately }: { readonly ApplyImmediately?: boolean }): void {
  if (ApplyImmediately !== true)
    throw invalidValue("ApplyImmediately must be true: the number of replicas is not changed in maintenance windows.");
}

function wantedCounts(
  group: ReplicationGroupRecord,
  input: Pick<CountInput, "NewReplicaCount" | "ReplicaConfiguration">,
): { readonly shard: ShardRecord; readonly count: number; readonly zones?: readonly string[] | undefined }[] {
  const configured = input.ReplicaConfiguration ?? [];
  if ((input.NewReplicaCount === undefined) === (configured.length === 0))
    throw invalidCombination("Either NewReplicaCount or ReplicaConfiguration must be given, and not both.");
  if (configured.length === 0) {
    const count = within("NewReplicaCount", input.NewReplicaCount, 0, maxReplicas);
    return group.shards.map((shard) => ({ shard, count }));
  }
  return configured.map(({ NodeGroupId, NewReplicaCount, PreferredAvailabilityZones }) => {
    const shard = group.shards.find(({ id }) => id === NodeGroupId);
    if (shard === undefined) throw invalidValue(`Replication group ${group.id} has no node group ${NodeGroupId}.`);
    const count = within("NewReplicaCount", NewReplicaCount, 0, maxReplicas);
    return { shard, count, zones: PreferredAvailabilityZones };
  });
}

function fewerOrMore(shard: ShardRecord, count: number, word: "higher" | "lower"): Error {
  const now = shard.memberIds.length - 1;
  return invalidValue(
    `The new replica count ${count} of node group ${shard.id} must be ${word} than its current replica count ${now}.`,
  );
}
