import type { CacheGroupStatus } from "../backend/backend.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type {
  CacheClusterRecord,
  CacheClusterStatus,
  ReplicationGroupRecord,
  ReplicationGroupStatus,
  ShardRecord,
} from "../state/records.ts";
import { serves, settled } from "./outcome.ts";

/**
 * Ends the group's transition with what the backend made: endpoints, roles, and members that serve. Members with a transition of
 * their own keep it. In one transaction, with what `also` writes.
 */
export function groupServes(
  plane: Plane,
  begun: ReplicationGroupRecord,
  status: CacheGroupStatus,
  also: (group: ReplicationGroupRecord) => void = () => undefined,
): void {
  plane.state.transaction(() => {
    // An adoption ends no transition, and one that began meanwhile goes on.
    const other = plane.state.currentGroup(begun)?.transition;
    if (other !== undefined && other.kind !== begun.transition?.kind) {
      groupIsThere(plane, begun, status);
      return;
    }
    const group = plane.state.updateGroup(begun, ({ transition: _ended, ...current }) =>
      withRoles(plane, current, status),
    );
    if (group === undefined) return;
    for (const member of membersOf(plane, group)) {
      const node = status.nodes[member.node.nodeKey];
      if (node !== undefined) plane.state.clusters.set({ ...ended(member), ...node });
    }
    also(group);
    settleGroup(plane, group);
  });
}

/** As {@link groupServes}, for a group that something else is being done to: that goes on. */
export function groupIsThere(plane: Plane, begun: ReplicationGroupRecord, status: CacheGroupStatus): void {
  plane.state.transaction(() => {
    const group = plane.state.updateGroup(begun, (current) => withRoles(plane, current, status));
    if (group === undefined) return;
    for (const member of membersOf(plane, group)) {
      const node = status.nodes[member.node.nodeKey];
      if (node !== undefined) plane.state.clusters.set({ ...member, ...node });
    }
  });
}

/** The group's status by what its members are, when nothing is being done to it. */
export function settleGroup(plane: Plane, begun: ReplicationGroupRecord): void {
  plane.state.updateGroup(begun, (group) => {
    if (group.transition !== undefined || group.pendingAccess !== undefined) return group;
    const status: ReplicationGroupStatus = membersOf(plane, group).every(serves) ? "available" : "modifying";
    return { ...group, status };
  });
}

/** The group cannot be had: it says so, and so do its members. */
export function groupUnusable(
  plane: Plane,
  begun: ReplicationGroupRecord,
  status: CacheClusterStatus,
  message: string,
): void {
  plane.logger.warn({ group: begun.id, account: begun.account, region: begun.region, status }, message);
  plane.state.transaction(() => {
    const group = plane.state.updateGroup(begun, ({ transition: _ended, ...current }) => ({
      ...current,
      status: "create-failed",
    }));
    if (group === undefined) return;
    for (const member of membersOf(plane, group)) {
      // A cluster that was there before its group goes on serving.
      const serving = begun.transition?.kind === "create" && member.endpoint !== undefined;
      plane.state.clusters.set(settled(member, serving ? "available" : status));
      plane.events.ofCluster(member, message);
    }
    plane.events.add(group, "replication-group", group.id, message);
  });
}

/** Puts the primaries that the backend reports into the record. */
export function withRoles(
  plane: Plane,
  group: ReplicationGroupRecord,
  status: CacheGroupStatus,
): ReplicationGroupRecord {
  const idOf = new Map(membersOf(plane, group).map((member) => [member.node.nodeKey, member.id]));
  const shards = group.shards.map((shard): ShardRecord => {
    const found = status.shards.find(({ shardId }) => shardId === shard.id);
    if (found === undefined) return shard;
    const { primary, primaryEndpoint, readerEndpoint } = found;
    return { ...shard, primaryId: idOf.get(primary) ?? shard.primaryId, primaryEndpoint, readerEndpoint };
  });
  const { configurationEndpoint } = status;
  return { ...group, ...(configurationEndpoint === undefined ? {} : { configurationEndpoint }), shards };
}

function ended(member: CacheClusterRecord): CacheClusterRecord {
  const kind = member.transition?.kind;
  return kind === undefined || kind === "group" || kind === "recover" ? settled(member, "available") : member;
}
