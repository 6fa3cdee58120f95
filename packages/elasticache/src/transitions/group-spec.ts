import type { CacheGroupSpec } from "../backend/backend.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { nodeSpec } from "./node-spec.ts";

/** The group as the backend must make it, from the records alone. Members in `without` are left out: they are to go. */
export function groupSpec(
  plane: Plane,
  group: ReplicationGroupRecord,
  without: readonly string[] = [],
): CacheGroupSpec {
  const members = membersOf(plane, group).filter((member) => !without.includes(member.id));
  return {
    groupKey: group.groupKey,
    groupId: group.id,
    automaticFailover: group.automaticFailover,
    shards: group.shards.map((shard) => ({
      shardId: shard.id,
      nodes: members
        .filter((member) => shard.memberIds.includes(member.id))
        // The primary comes first: it is the one of a new shard.
        .sort((a, b) => Number(b.id === shard.primaryId) - Number(a.id === shard.primaryId))
        .map((member) => nodeSpec(plane.state, member)),
    })),
  };
}
