import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import { driveAllServerless } from "../serverless/transitions.ts";
import type { ReplicationGroupRecord, SnapshotRecord } from "../state/records.ts";
import { driveAllAccess } from "./access.ts";
import { driveExport } from "./export-snapshot.ts";
import { driveGroup } from "./group-transitions.ts";
import { adoptGroup } from "./start-group.ts";
import { drive, driveAdoption, driveParameters } from "./transitions.ts";

/** After a restart: everything transient gets an owner again, everything else is adopted. */
export function driveAll(plane: Plane): void {
  for (const group of plane.state.groups.all()) driveGroupAgain(plane, group);
  for (const cluster of plane.state.clusters.all()) {
    if (cluster.replicationGroupId !== undefined) continue;
    const kind = cluster.transition?.kind;
    // What works with a running node needs it to run: it may have ended with the former process.
    if (cluster.endpoint !== undefined && kind !== "create" && kind !== "delete") driveAdoption(plane, cluster);
    if (kind !== undefined && kind !== "recover") drive(plane, cluster);
    if (cluster.transition !== undefined && cluster.parameterStatus === "applying") driveParameters(plane, cluster);
  }
  driveAllServerless(plane);
  driveAllAccess(plane);
  for (const snapshot of plane.state.snapshots.all()) {
    if (snapshot.status === "exporting") driveExport(plane, snapshot);
    if (snapshot.status === "creating" && !isBeingFilled(plane, snapshot))
      plane.state.snapshots.set({ ...snapshot, status: "failed" });
  }
}

/** After a restart: the group is adopted, then what was being done to it and to its members is gone on with. */
function driveGroupAgain(plane: Plane, group: ReplicationGroupRecord): void {
  const kind = group.transition?.kind;
  if (kind === "create" || kind === "scale" || kind === "reshard" || kind === "delete") {
    driveGroup(plane, group);
    return;
  }
  if (group.shards.some((shard) => shard.primaryEndpoint === undefined)) return;
  plane.tasks.run(group.groupKey, async (signal) => {
    await adoptGroup(plane, group, signal);
    if (signal.aborted) return;
    const adopted = plane.state.currentGroup(group);
    if (adopted === undefined) return;
    for (const member of membersOf(plane, adopted)) {
      drive(plane, member);
      if (member.parameterStatus === "applying") driveParameters(plane, member);
    }
  });
  driveGroup(plane, group);
}

/** Whether a transition fills the snapshot that is `creating`: without one it never will be. */
function isBeingFilled(plane: Plane, snapshot: SnapshotRecord): boolean {
  const transition = plane.state.clusters.get(snapshot, snapshot.clusterId)?.transition;
  const groupId = snapshot.replicationGroupId;
  const ofGroup = groupId === undefined ? undefined : plane.state.groups.get(snapshot, groupId)?.transition;
  return [transition, ofGroup].some(
    (each) =>
      (each?.kind === "snapshot" && each.snapshotName === snapshot.id) ||
      (each?.kind === "delete" && each.finalSnapshot === snapshot.id),
  );
}
