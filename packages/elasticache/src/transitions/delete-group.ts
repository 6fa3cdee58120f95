import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import { removeSnapshot } from "../snapshots/delete-snapshot.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { forgetCluster } from "./delete-node.ts";
import { settleGroup } from "./group-outcome.ts";
import { settled, taskKey } from "./outcome.ts";
import { removeNode, removeUntilGone } from "./remove-node.ts";
import { storeSnapshot } from "./store-snapshot.ts";

/**
 * Ends `deleting` of a group: its endpoints and its members are gone, then the records; a retained primary becomes a cache cluster
 * of its own. When the final snapshot fails, the deletion does not happen.
 */
export async function deleteGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group?.transition?.kind !== "delete") return;
  const members = membersOf(plane, group);
  // A creation or a recovery of a member that is still under way.
  const keys = new Set(members.map(taskKey));
  await plane.tasks.abort((key) => keys.has(key));
  const { finalSnapshot, retain } = group.transition;
  if (finalSnapshot !== undefined) {
    const stored = await storeSnapshot(plane, group, finalSnapshot, signal);
    if (signal.aborted) return;
    if (!stored) return keep(plane, group, finalSnapshot);
    plane.state.updateGroup(group, (current) => ({ ...current, transition: { kind: "delete" } }));
  }
  const onFailure = (error: unknown): void =>
    plane.events.add(group, "replication-group", group.id, `It could not be deleted yet: ${failureText(error)}`);
  const text = `deleting replication group ${group.id}`;
  await removeUntilGone(plane, { text, signal, onFailure }, (options) =>
    plane.backend.deleteGroup(group.groupKey, options),
  );
  const going = members.filter((member) => member.id !== retain);
  await Promise.all(going.map((member) => removeNode(plane, member, signal)));
  if (!signal.aborted) forgetGroup(plane, group, retain);
}

function forgetGroup(plane: Plane, begun: ReplicationGroupRecord, retain: string | undefined): void {
  plane.state.transaction(() => {
    const group = plane.state.currentGroup(begun);
    if (group === undefined) return;
    for (const member of membersOf(plane, group)) {
      if (member.id !== retain) {
        forgetCluster(plane, member);
        continue;
      }
      const { replicationGroupId: _left, ...standalone } = settled(member, "available");
      plane.state.clusters.set({ ...standalone, ...(group.access === undefined ? {} : { access: group.access }) });
    }
    plane.state.groups.delete(group, group.id);
    plane.state.tags.delete(group, `replicationgroup:${group.id}`);
    for (const snapshot of plane.state.snapshots.list(group))
      if (snapshot.source === "automated" && snapshot.replicationGroupId === group.id) removeSnapshot(plane, snapshot);
    plane.events.add(group, "replication-group", group.id, `Replication group ${group.id} deleted`);
  });
}

function keep(plane: Plane, begun: ReplicationGroupRecord, snapshot: string): void {
  plane.state.transaction(() => {
    const group = plane.state.updateGroup(begun, ({ transition: _ended, ...current }) => current);
    if (group === undefined) return;
    for (const member of membersOf(plane, group)) plane.state.clusters.set(settled(member, "available"));
    settleGroup(plane, group);
    const message = `The replication group is not deleted because its final snapshot ${snapshot} failed`;
    plane.events.add(group, "replication-group", group.id, message);
  });
}
