import { planAccess } from "../access/plan-access.ts";
import { fault } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled, identifier, identifierLengths, required } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { Scope } from "../scope.ts";
import { groupRestore, restoreSource } from "../snapshots/restore-source.ts";
import { seedArns } from "../snapshots/snapshot-arns.ts";
import type { AccessSettings, CacheClusterRecord, GroupTransition, ReplicationGroupRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { driveGroup } from "../transitions/group-transitions.ts";
import { adoptPrimary } from "./adopt-primary.ts";
import { groupView } from "./group-view.ts";
import { type Placement, placementOf, planMembers } from "./plan-members.ts";
import { checkFailover, refuseTopologies } from "./refuse-topologies.ts";

/** AWS CreateReplicationGroup: a primary and its replicas, each of which is a cache cluster of its own in every list. */
export const createReplicationGroup: Operation<"CreateReplicationGroup"> = (plane, input, context) => {
  const id = identifier(input.ReplicationGroupId, "ReplicationGroupId", identifierLengths.group);
  const description = required(input.ReplicationGroupDescription, "ReplicationGroupDescription");
  refuseUnsupported(input);
  refuseTopologies(input);
  const placement = placementOf(input);
  const automaticFailover = input.AutomaticFailoverEnabled === true;
  const multiAz = input.MultiAZEnabled === true;
  checkFailover(placement.nodes, automaticFailover, multiAz);
  const tags = requestTags(input.Tags);
  if (plane.state.groups.get(context, id) !== undefined)
    throw fault("ReplicationGroupAlreadyExistsFault", `Replication group ${id} already exists.`);
  const { members, access } = plannedMembers(plane, input, context, { groupId: id, placement });
  const memberIds = members.map((member) => member.id);
  const kmsKeyId = filled(input.KmsKeyId);
  const group: ReplicationGroupRecord = {
    account: context.account,
    region: context.region,
    id,
    groupKey: [context.account, context.region, "group", id, plane.newId()].join("/"),
    description,
    status: "creating",
    transition: { kind: "create", ...dataOf(plane, input, context, ["0001"]) },
    shards: [{ id: "0001", memberIds, primaryId: memberIds[0] ?? "" }],
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

/** What the shards start with: a snapshot's parts, or files in S3. */
function dataOf(
  plane: Plane,
  input: Input<"CreateReplicationGroup">,
  scope: Scope,
  shardIds: readonly string[],
): Omit<GroupTransition & { readonly kind: "create" }, "kind"> {
  const arns = seedArns(plane, input, shardIds.length);
  if (arns === undefined) return groupRestore(restoreSource(plane, scope, input.SnapshotName), shardIds) ?? {};
  return { seed: Object.fromEntries(shardIds.map((id, index) => [id, arns[index] ?? ""])) };
}

function plannedMembers(
  plane: Plane,
  input: Input<"CreateReplicationGroup">,
  scope: Scope,
  of: { readonly groupId: string; readonly placement: Placement },
): {
  readonly members: readonly CacheClusterRecord[];
  readonly access: AccessSettings;
} {
  if (filled(input.PrimaryClusterId) !== undefined) return adoptPrimary(plane, scope, input, of);
  const members = planMembers(plane, scope, input, of);
  const [primary] = members;
  if (primary === undefined) throw new Error(`replication group ${of.groupId} has no member`);
  const access = planAccess(plane.state, scope, input, { ...primary, nowMs: plane.clock.now() });
  return { members, access };
}
