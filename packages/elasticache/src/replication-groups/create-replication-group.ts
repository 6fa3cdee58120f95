import { planAccess } from "../access/plan-access.ts";
import { fault } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled, identifier, identifierLengths, required } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { Scope } from "../scope.ts";
import { restoreSource } from "../snapshots/restore-source.ts";
import type { AccessSettings, CacheClusterRecord, ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { driveGroup } from "../transitions/group-transitions.ts";
import { adoptPrimary } from "./adopt-primary.ts";
import { checkClusterMode, wantsClusterMode } from "./cluster-mode.ts";
import { groupView } from "./group-view.ts";
import { type PlannedData, plannedData } from "./plan-data.ts";
import { type PlannedShard, planMembers } from "./plan-members.ts";
import { plannedShards } from "./plan-shards.ts";
import { checkFailover, refuseTopologies } from "./refuse-topologies.ts";

/** AWS CreateReplicationGroup: primaries and their replicas, each of which is a cache cluster of its own in every list. */
export const createReplicationGroup: Operation<"CreateReplicationGroup"> = (plane, input, context) => {
  const id = identifier(input.ReplicationGroupId, "ReplicationGroupId", identifierLengths.group);
  const description = required(input.ReplicationGroupDescription, "ReplicationGroupDescription");
  refuseUnsupported(input);
  refuseTopologies(input);
  const snapshot = restoreSource(plane, context, input.SnapshotName);
  const clusterMode = wantsClusterMode(plane, context, input, snapshot);
  if (clusterMode) checkClusterMode(input);
  const shards = plannedShards(input, clusterMode, snapshot);
  const automaticFailover = input.AutomaticFailoverEnabled === true;
  const multiAz = input.MultiAZEnabled === true;
  for (const { nodes } of shards) checkFailover(nodes, { automaticFailover, multiAz, clusterMode });
  const tags = requestTags(input.Tags);
  if (plane.state.groups.get(context, id) !== undefined)
    throw fault("ReplicationGroupAlreadyExistsFault", `Replication group ${id} already exists.`);
  const data = plannedData(plane, input, snapshot, shards);
  const all = [...shards, ...data.passing];
  const { members, access } = plannedMembers(plane, input, context, { groupId: id, shards: all });
  const kmsKeyId = filled(input.KmsKeyId);
  const group: ReplicationGroupRecord = {
    account: context.account,
    region: context.region,
    id,
    groupKey: [context.account, context.region, "group", id, plane.newId()].join("/"),
    description,
    status: "creating",
    transition: { kind: "create", ...data.transition },
    shards: shardRecords(all, members, data),
    ...(clusterMode ? { clusterEnabled: true as const } : {}),
    automaticFailover,
    multiAz,
    access,
    atRestEncryption: input.AtRestEncryptionEnabled === true,
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    createdAtMs: plane.clock.now(),
  };
  plane.state.transaction(() => {
    plane.state.groups.set(group);
    setTags(plane.state, group, "replicationgroup", id, tags);
    for (const member of members) {
      plane.state.clusters.set(member);
      if (member.endpoint === undefined) setTags(plane.state, group, "cluster", member.id, tags);
    }
  });
  driveGroup(plane, group);
  return { ReplicationGroup: groupView(plane, group) };
};

/** The members are in the order of the shards. */
function shardRecords(
  shards: readonly PlannedShard[],
  members: readonly CacheClusterRecord[],
  { arriving, passing }: PlannedData,
): ShardRecord[] {
  let next = 0;
  return shards.map((shard) => {
    const { shardId, nodes, slots: wanted } = shard;
    const memberIds = members.slice(next, next + nodes).map(({ id }) => id);
    next += nodes;
    const slots = arriving === undefined ? wanted : arriving[shardId];
    return {
      id: shardId,
      memberIds,
      primaryId: memberIds[0] ?? "",
      ...(slots === undefined ? {} : { slots }),
      ...(passing.includes(shard) ? { passing: true as const } : {}),
    };
  });
}

function plannedMembers(
  plane: Plane,
  input: Input<"CreateReplicationGroup">,
  scope: Scope,
  of: { readonly groupId: string; readonly shards: readonly PlannedShard[] },
): {
  readonly members: readonly CacheClusterRecord[];
  readonly access: AccessSettings;
} {
  const { groupId, shards } = of;
  const [shard] = shards;
  if (shard !== undefined && filled(input.PrimaryClusterId) !== undefined)
    return adoptPrimary(plane, scope, input, { groupId, placement: shard });
  const members = planMembers(plane, scope, input, of);
  const [primary] = members;
  if (primary === undefined) throw new Error(`replication group ${of.groupId} has no member`);
  const access = planAccess(plane.state, scope, input, { ...primary, nowMs: plane.clock.now() });
  return { members, access };
}
