import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { forgetCluster } from "./delete-node.ts";

/** Takes members that are gone out of their group and out of the records; shards without members, too. To be called in a transaction. */
export function forgetMembers(plane: Plane, group: ReplicationGroupRecord, gone: readonly CacheClusterRecord[]): void {
  const ids = gone.map(({ id }) => id);
  plane.state.updateGroup(group, ({ snapshottingId, ...current }) => ({
    ...current,
    ...(snapshottingId === undefined || ids.includes(snapshottingId) ? {} : { snapshottingId }),
    shards: current.shards
      .map((shard) => ({ ...shard, memberIds: shard.memberIds.filter((id) => !ids.includes(id)) }))
      .filter(({ memberIds }) => memberIds.length > 0),
  }));
  for (const member of gone) {
    const current = plane.state.currentCluster(member);
    if (current !== undefined) forgetCluster(plane, current);
  }
}
