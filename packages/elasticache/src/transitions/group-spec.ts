import type { CacheGroupSpec, CacheShardSpec } from "../backend/backend.ts";
import type { Plane } from "../plane.ts";
import { membersOfShard, slotsOfShards } from "../replication-groups/find-group.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import type { SlotLayout } from "../state/transition-records.ts";
import { nodeSpec } from "./node-spec.ts";

/**
 * The group as the backend must make it, from the records alone. Members in `without` are left out: they are to go. In cluster mode the
 * shards have the slots of `layout`, which are those of the records unless they are to move; shards without any are left out.
 */
export function groupSpec(
  plane: Plane,
  group: ReplicationGroupRecord,
  options: { readonly without?: readonly string[] | undefined; readonly layout?: SlotLayout | undefined } = {},
): CacheGroupSpec {
  const { without = [], layout = slotsOfShards(group) } = options;
  const shards =
    group.clusterEnabled === true ? group.shards.filter(({ id }) => layout[id] !== undefined) : group.shards;
  return {
    groupKey: group.groupKey,
    groupId: group.id,
    automaticFailover: group.automaticFailover,
    shards: shards.map(
      (shard): CacheShardSpec => ({
        shardId: shard.id,
        ...(layout[shard.id] === undefined ? {} : { slots: layout[shard.id] }),
        nodes: membersOfShard(plane, group, shard)
          .filter(({ id }) => !without.includes(id))
          // The primary comes first: it is the one of a new shard.
          .sort((a, b) => Number(b.id === shard.primaryId) - Number(a.id === shard.primaryId))
          .map((member) => nodeSpec(plane.state, member)),
      }),
    ),
  };
}
