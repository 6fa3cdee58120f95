import { requireNodeQuota } from "../clusters/plan-cluster.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { spreadZone } from "../requests/zones.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import { driveGroup } from "../transitions/group-transitions.ts";
import { primaryOf } from "./find-group.ts";
import { maxReplicas, memberIdOf } from "./plan-members.ts";
import { storeMembers } from "./store-members.ts";

/** Replicas that come to a shard, by their ids and zones, and the ids of those that go. */
export interface ShardChange {
  readonly shardId: string;
  readonly adding: readonly { readonly id: string; readonly availabilityZone: string }[];
  readonly removing: readonly string[];
}

/** Ids and zones of `count` further replicas of a shard that has `present` nodes: AWS numbers on, and does not use a number twice at a time. */
export function furtherReplicas(
  plane: Plane,
  group: Scope & { readonly id: string },
  present: number,
  request: {
    readonly count: number;
    readonly zones?: readonly string[] | undefined;
    /** In cluster mode, where it is part of the ids. */
    readonly shardId?: string | undefined;
  },
): ShardChange["adding"] {
  const { count, zones = [], shardId } = request;
  const adding: { readonly id: string; readonly availabilityZone: string }[] = [];
  for (let number = 1; adding.length < count; number += 1) {
    const id = memberIdOf(group.id, number, shardId);
    if (plane.state.clusters.get(group, id) !== undefined) continue;
    const index = present + adding.length;
    // AWS takes the zones of all nodes of the shard, of which the last are new.
    const zone = zones[index] ?? (zones.length < count ? undefined : zones[adding.length]);
    adding.push({ id, availabilityZone: zone ?? spreadZone(group.region, index) });
  }
  return adding;
}

/**
 * Stores new members in `creating` and those that go in `deleting`, with the transition that does it, and starts that.
 * @throws AwsError `InvalidParameterValue` outside AWS's limits, `NodeQuotaForCustomerExceeded`.
 */
export function beginScaling(
  plane: Plane,
  group: ReplicationGroupRecord,
  changes: readonly ShardChange[],
): ReplicationGroupRecord {
  for (const { shardId, adding, removing } of changes) {
    const replicas = (shardNamed(group, shardId)?.memberIds.length ?? 1) - 1 + adding.length - removing.length;
    if (replicas > maxReplicas)
      throw invalidValue(`A node group can have at most ${maxReplicas} replicas, and would have ${replicas}.`);
    // In cluster mode a shard may have no replica, though it cannot fail over then.
    const needed = group.clusterEnabled === true ? group.multiAz : group.automaticFailover;
    if (replicas < 1 && needed)
      throw invalidValue(
        `Node group ${shardId} needs at least one replica while ${group.clusterEnabled === true ? "Multi-AZ" : "automatic failover"} is enabled, and would have none.`,
      );
  }
  requireNodeQuota(plane, group, changes.flatMap(({ adding }) => adding).length);
  const removing = changes.flatMap((change) => change.removing);
  const primary = primaryOf(plane, group);
  const added = changes.flatMap(({ adding }) => adding.map((replica) => replicaRecord(plane, group, primary, replica)));
  const changed: ReplicationGroupRecord = {
    ...group,
    status: "modifying",
    transition: { kind: "scale", adding: added.map(({ id }) => id), removing },
    shards: group.shards.map((shard) => {
      const adding = changes.find(({ shardId }) => shardId === shard.id)?.adding ?? [];
      return { ...shard, memberIds: [...shard.memberIds, ...adding.map(({ id }) => id)] };
    }),
  };
  plane.state.transaction(() => {
    storeMembers(plane, group, { added, removing });
    plane.state.groups.set(changed);
  });
  driveGroup(plane, changed);
  return changed;
}

/** @throws AwsError `InvalidParameterValue` for ids that are no replicas of the group. */
export function removalOf(group: ReplicationGroupRecord, ids: readonly string[]): ShardChange[] {
  for (const id of ids) {
    const shard = group.shards.find(({ memberIds }) => memberIds.includes(id));
    if (shard === undefined) throw invalidValue(`Cache cluster ${id} is not in replication group ${group.id}.`);
    if (shard.primaryId === id)
      throw invalidValue(`Cache cluster ${id} is the primary of replication group ${group.id} and cannot be removed.`);
  }
  if (new Set(ids).size !== ids.length) throw invalidCombination("A replica is named more than once.");
  return group.shards
    .map((shard) => ({ shardId: shard.id, adding: [], removing: ids.filter((id) => shard.memberIds.includes(id)) }))
    .filter(({ removing }) => removing.length > 0);
}

function shardNamed(group: ReplicationGroupRecord, shardId: string): ShardRecord | undefined {
  return group.shards.find(({ id }) => id === shardId);
}

/** A replica has all that its primary has. */
export function replicaRecord(
  plane: Plane,
  group: Scope & { readonly id: string },
  primary: CacheClusterRecord,
  { id, availabilityZone }: { readonly id: string; readonly availabilityZone: string },
): CacheClusterRecord {
  const { endpoint: _address, instance: _pod, lastAutomaticSnapshotAtMs: _when, ...shared } = primary;
  const key = [group.account, group.region, "replication-group", group.id, plane.newId()].join("/");
  return {
    ...shared,
    id,
    status: "creating",
    transition: { kind: "group" },
    node: { nodeKey: key, resourceType: "replication-group", resourceId: group.id },
    parameterStatus: "in-sync",
    availabilityZone,
    createdAtMs: plane.clock.now(),
  };
}
