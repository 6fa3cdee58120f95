import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import type { GroupTransition } from "../state/transition-records.ts";
import { deleteGroup } from "./delete-group.ts";
import { failOverGroup } from "./fail-over-group.ts";
import { modifyGroup } from "./modify-group.ts";
import { reshardGroup } from "./reshard-group.ts";
import { scaleGroup } from "./scale-group.ts";
import { adoptGroup, createGroup } from "./start-group.ts";
import { snapshotGroup } from "./take-snapshot.ts";

type Work = (plane: Plane, group: ReplicationGroupRecord, signal: AbortSignal) => Promise<void>;

const works: Readonly<Record<GroupTransition["kind"], Work>> = {
  create: createGroup,
  modify: modifyGroup,
  scale: scaleGroup,
  reshard: reshardGroup,
  snapshot: snapshotGroup,
  failover: failOverGroup,
  delete: deleteGroup,
};

/** Gives the group's stored transition its owner: the task that ends it. A deletion stops what runs before it. */
export function driveGroup(plane: Plane, group: ReplicationGroupRecord): void {
  const { transition, groupKey } = group;
  if (transition === undefined) return;
  const preempt = transition.kind === "delete";
  plane.tasks.run(groupKey, (signal) => works[transition.kind](plane, group, signal), { preempt });
}

/** Tells the backend what the group is now, where that needs no transition. */
export function driveRefresh(plane: Plane, group: ReplicationGroupRecord): void {
  plane.tasks.run(group.groupKey, (signal) => adoptGroup(plane, group, signal));
}

/** Begins to give the members their pending engine settings. */
export function beginGroupModification(plane: Plane, group: ReplicationGroupRecord): void {
  const modifying: ReplicationGroupRecord = { ...group, status: "modifying", transition: { kind: "modify" } };
  plane.state.transaction(() => {
    plane.state.groups.set(modifying);
    for (const member of membersOf(plane, group)) plane.state.clusters.set(inHand(member, "modifying"));
  });
  driveGroup(plane, modifying);
}

/** The member while its group's transition decides what it is. */
export function inHand(member: CacheClusterRecord, status: CacheClusterRecord["status"]): CacheClusterRecord {
  return { ...member, status, transition: { kind: "group" } };
}
