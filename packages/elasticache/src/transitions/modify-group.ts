import type { Plane } from "../plane.ts";
import { membersOf, shardOf } from "../replication-groups/find-group.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { modifyMessages, replaceEngine } from "./change-node.ts";
import { settleGroup } from "./group-outcome.ts";
import { settled } from "./outcome.ts";

/**
 * Ends `modifying` of a group: its members get their pending engine settings one after the other, the primaries last. After a
 * failure those that are left keep what they have.
 */
export async function modifyGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group?.transition?.kind !== "modify") return;
  let succeeded = true;
  for (const { id } of inOrder(plane, group)) {
    const member = plane.state.clusters.get(group, id);
    if (member?.transition?.kind !== "group") continue;
    if (succeeded && member.pending !== undefined)
      succeeded = await replaceEngine(plane, member, signal, modifyMessages);
    else plane.state.updateCluster(member, ({ pending: _dropped, ...current }) => settled(current, "available"));
    if (signal.aborted) return;
  }
  plane.state.transaction(() => {
    const ended = plane.state.updateGroup(group, ({ transition: _ended, ...current }) => current);
    if (ended !== undefined) settleGroup(plane, ended);
  });
}

function inOrder(plane: Plane, group: ReplicationGroupRecord): CacheClusterRecord[] {
  const isPrimary = (member: CacheClusterRecord): boolean => shardOf(group, member.id)?.primaryId === member.id;
  return membersOf(plane, group).sort((a, b) => Number(isPrimary(a)) - Number(isPrimary(b)));
}
