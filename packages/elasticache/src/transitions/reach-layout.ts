import type { Plane } from "../plane.ts";
import { membersOfShard } from "../replication-groups/find-group.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import type { SlotLayout } from "../state/transition-records.ts";
import { forgetMembers } from "./forget-members.ts";
import { removeNode } from "./remove-node.ts";

/** Removes the nodes of the shards that have no slots in a layout, which the backend has made. Gives the members that they were. */
export async function removeEmptyShards(
  plane: Plane,
  group: ReplicationGroupRecord,
  layout: SlotLayout,
  signal: AbortSignal,
): Promise<CacheClusterRecord[]> {
  const empty = group.shards.filter(({ id }) => layout[id] === undefined);
  const going = empty.flatMap((shard) => membersOfShard(plane, group, shard));
  await Promise.all(going.map((member) => removeNode(plane, member, signal)));
  return going;
}

/** Has the records say what the backend has made, without the members that are gone. To be called in a transaction. */
export function recordLayout(
  plane: Plane,
  group: ReplicationGroupRecord,
  layout: SlotLayout,
  gone: readonly CacheClusterRecord[] = [],
): void {
  plane.state.updateGroup(group, (current) => ({
    ...current,
    shards: current.shards.map(({ slots: _former, ...shard }) => {
      const slots = layout[shard.id];
      return slots === undefined ? shard : { ...shard, slots };
    }),
  }));
  forgetMembers(plane, group, gone);
}
