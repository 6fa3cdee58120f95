import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { settleGroup } from "./group-outcome.ts";
import { setGroupStatus, settled } from "./outcome.ts";
import { storeSnapshot } from "./store-snapshot.ts";

/** Ends `snapshotting` of the cluster and `creating` of the snapshot. */
export async function snapshotNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "snapshot") return failUnowned(plane, begun);
  await storeSnapshot(plane, cluster, cluster.transition.snapshotName, signal);
  if (signal.aborted) return;
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => settled(current, "available"));
    if (changed !== undefined) setGroupStatus(plane, changed, "available");
  });
}

/** Ends `snapshotting` of the group and of its members that give the data, and `creating` of the snapshot. */
export async function snapshotGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group?.transition?.kind !== "snapshot") return failUnowned(plane, begun);
  await storeSnapshot(plane, group, group.transition.snapshotName, signal);
  if (signal.aborted) return;
  plane.state.transaction(() => {
    const ended = plane.state.updateGroup(group, ({ transition: _ended, ...current }) => current);
    if (ended === undefined) return;
    for (const member of membersOf(plane, ended))
      if (member.status === "snapshotting") plane.state.clusters.set(settled(member, "available"));
    settleGroup(plane, ended);
  });
}

/** What it is of was found to be lost before its snapshot could be gone on with: nobody else will end it. */
function failUnowned(plane: Plane, begun: CacheClusterRecord | ReplicationGroupRecord): void {
  const { transition } = begun;
  if (transition?.kind !== "snapshot") return;
  const snapshot = plane.state.snapshots.get(begun, transition.snapshotName);
  if (snapshot?.status === "creating") plane.state.snapshots.set({ ...snapshot, status: "failed" });
}
