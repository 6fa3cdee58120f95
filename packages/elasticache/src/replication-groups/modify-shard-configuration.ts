import { requireNodeQuota } from "../clusters/plan-cluster.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { spreadZone, zoneOf } from "../requests/zones.ts";
import { evenLayout, slotsBetween } from "../slots/slot-layout.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import { driveGroup } from "../transitions/group-transitions.ts";
import { replicaRecord } from "./begin-scaling.ts";
import { groupNamed, primaryOf, requireGroupAvailable, slotsOfShards } from "./find-group.ts";
import { groupView } from "./group-view.ts";
import { memberIdOf } from "./plan-members.ts";
import { freeIds, givenShardId, maxShards } from "./plan-shards.ts";
import { within } from "./refuse-topologies.ts";
import { storeMembers } from "./store-members.ts";

type ShardInput = Input<"ModifyReplicationGroupShardConfiguration">;

/** AWS ModifyReplicationGroupShardConfiguration: more or fewer shards, or the same number with the slots spread evenly again. */
export const modifyShardConfiguration: Operation<"ModifyReplicationGroupShardConfiguration"> = (
  plane,
  input,
  context,
) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  if (group.clusterEnabled !== true)
    throw invalidCombination(
      `Replication group ${group.id} has cluster mode disabled: its shard configuration cannot be modified.`,
    );
  if (input.ApplyImmediately !== true)
    throw invalidValue("ApplyImmediately must be true: shards are not changed in maintenance windows.");
  const count = within("NodeGroupCount", input.NodeGroupCount, 1, maxShards);
  const added = plannedShards(plane, group, input, count);
  const kept = keptShards(group, input, count);
  requireGroupAvailable(plane, group);
  const before = slotsOfShards(group);
  const layout = evenLayout(before, [...kept, ...added.shards.map(({ id }) => id)]);
  const changed: ReplicationGroupRecord = {
    ...group,
    status: "modifying",
    transition: { kind: "reshard", layout, before, moving: slotsBetween(before, layout) },
    shards: [...group.shards, ...added.shards],
  };
  const removing = group.shards.filter(({ id }) => !kept.includes(id)).flatMap(({ memberIds }) => memberIds);
  plane.state.transaction(() => {
    storeMembers(plane, group, { added: added.members, removing });
    plane.state.groups.set(changed);
    plane.events.add(group, "replication-group", group.id, `Modifying the shard configuration to ${count} node groups`);
  });
  driveGroup(plane, changed);
  return { ReplicationGroup: groupView(plane, changed) };
};

/** The shards that come, with as many replicas as the first one has. */
function plannedShards(
  plane: Plane,
  group: ReplicationGroupRecord,
  input: ShardInput,
  count: number,
): { readonly shards: readonly ShardRecord[]; readonly members: readonly CacheClusterRecord[] } {
  const present = group.shards.length;
  const wanted = wantedShards(group, input, Math.max(0, count - present));
  const nodes = group.shards[0]?.memberIds.length ?? 1;
  requireNodeQuota(plane, group, wanted.length * nodes);
  const primary = primaryOf(plane, group);
  const members: CacheClusterRecord[] = [];
  const shards = wanted.map(({ id, zones }, shard): ShardRecord => {
    if (zones.length > nodes)
      throw invalidCombination(`${zones.length} availability zones are given for a node group of ${nodes} nodes.`);
    const memberIds = Array.from({ length: nodes }, (_, index) => {
      const memberId = memberIdOf(group.id, index + 1, id);
      if (plane.state.clusters.get(group, memberId) !== undefined)
        throw invalidValue(`Cache cluster ${memberId} already exists.`);
      const spread = spreadZone(group.region, present + shard + index);
      const availabilityZone = zoneOf(group.region, zones[index] ?? spread);
      members.push(replicaRecord(plane, group, primary, { id: memberId, availabilityZone }));
      return memberId;
    });
    return { id, memberIds, primaryId: memberIds[0] ?? "" };
  });
  return { shards, members };
}

/** Ids and zones of the shards that come. */
function wantedShards(
  group: ReplicationGroupRecord,
  { ReshardingConfiguration: configured = [] }: ShardInput,
  more: number,
): { readonly id: string; readonly zones: readonly string[] }[] {
  if (more === 0 && configured.length > 0)
    throw invalidCombination("ReshardingConfiguration can be used only when NodeGroupCount adds node groups.");
  const present = group.shards.map(({ id }) => id);
  // Those of node groups that are there say where these are: they stay.
  const forNew = configured
    .map(({ NodeGroupId, PreferredAvailabilityZones = [] }) => ({
      id: givenShardId(NodeGroupId),
      zones: PreferredAvailabilityZones,
    }))
    .filter(({ id }) => id === undefined || !present.includes(id));
  if (forNew.length > more)
    throw invalidCombination(
      `ReshardingConfiguration configures ${forNew.length} new node groups, but ${more} are added.`,
    );
  const named = forNew.flatMap(({ id }) => id ?? []);
  if (new Set(named).size !== named.length)
    throw invalidValue("A NodeGroupId of ReshardingConfiguration is not unique.");
  const free = freeIds([...present, ...named], more - named.length);
  return Array.from({ length: more }, (_, index) => {
    const { id = free.shift() ?? "", zones = [] } = forNew[index] ?? {};
    return { id, zones };
  });
}

/** @throws AwsError unless the request says which node groups go when some do. */
function keptShards(group: ReplicationGroupRecord, input: ShardInput, count: number): string[] {
  const present = group.shards.map(({ id }) => id);
  const fewer = present.length - count;
  const removing = input.NodeGroupsToRemove ?? [];
  const retaining = input.NodeGroupsToRetain ?? [];
  for (const id of [...removing, ...retaining])
    if (!present.includes(id)) throw invalidValue(`Replication group ${group.id} has no node group ${id}.`);
  if (fewer <= 0) {
    if (removing.length + retaining.length > 0)
      throw invalidCombination(
        "NodeGroupsToRemove and NodeGroupsToRetain can be used only when NodeGroupCount is less than the number of node groups.",
      );
    return present;
  }
  if ((removing.length === 0) === (retaining.length === 0))
    throw invalidCombination(
      "Either NodeGroupsToRemove or NodeGroupsToRetain must be given when NodeGroupCount is less than the number of node groups, and not both.",
    );
  const kept = present.filter((id) => (removing.length > 0 ? !removing.includes(id) : retaining.includes(id)));
  if (kept.length !== count)
    throw invalidCombination(
      `NodeGroupCount is ${count}, but NodeGroupsToRemove and NodeGroupsToRetain leave ${kept.length} of ${present.length} node groups.`,
    );
  return kept;
}
