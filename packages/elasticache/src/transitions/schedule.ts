import { errorText } from "@fc/core";
import type { Plane } from "../plane.ts";
import { membersOf, snapshotSourceOf } from "../replication-groups/find-group.ts";
import { maintenanceWindow, openSince, snapshotWindow } from "../requests/windows.ts";
import { beginSnapshot } from "../snapshots/create-snapshot.ts";
import { removeSnapshot } from "../snapshots/delete-snapshot.ts";
import { planSnapshot } from "../snapshots/plan-snapshot.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { beginGroupModification } from "./group-transitions.ts";
import { drive } from "./transitions.ts";

/** How often the windows are looked at, in milliseconds: the shortest window is an hour. */
const intervalMs = 60_000;

/** Does what is due in maintenance and snapshot windows, until the returned function is called. */
export function startSchedule(plane: Plane): () => void {
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = plane.clock.after(intervalMs, () => {
      try {
        runDue(plane);
      } catch (error) {
        plane.logger.error(
          { error: errorText(error) },
          "what is due in the windows of the cache clusters could not be done",
        );
      }
      arm();
    });
  };
  arm();
  return () => cancel();
}

function runDue(plane: Plane): void {
  for (const cluster of plane.state.clusters.all()) {
    if (cluster.replicationGroupId !== undefined) continue;
    if (cluster.status !== "available" || cluster.transition !== undefined) continue;
    if (isMaintenanceDue(plane, cluster)) beginMaintenance(plane, cluster);
    else if (isSnapshotDue(plane, cluster)) beginAutomaticSnapshot(plane, cluster, undefined);
  }
  for (const group of plane.state.groups.all()) {
    if (group.status !== "available" || group.transition !== undefined) continue;
    const source = snapshotSourceOf(plane, group);
    if (membersOf(plane, group).some((member) => isMaintenanceDue(plane, member))) beginGroupModification(plane, group);
    else if (
      source.status === "available" &&
      isSnapshotDue(plane, { ...source, lastAutomaticSnapshotAtMs: lastOf(plane, group) })
    )
      beginAutomaticSnapshot(plane, source, group);
  }
}

/** When the group's last automatic snapshot began: whichever member it was taken from. */
function lastOf(plane: Plane, group: ReplicationGroupRecord): number {
  return Math.max(
    ...membersOf(plane, group).map((member) => member.lastAutomaticSnapshotAtMs ?? Number.NEGATIVE_INFINITY),
  );
}

function isMaintenanceDue(plane: Plane, cluster: CacheClusterRecord): boolean {
  if (cluster.pending === undefined) return false;
  return openSince(maintenanceWindow(cluster.maintenanceWindow), 7, plane.clock.now()) !== undefined;
}

function beginMaintenance(plane: Plane, cluster: CacheClusterRecord): void {
  const modifying: CacheClusterRecord = { ...cluster, status: "modifying", transition: { kind: "modify" } };
  plane.state.clusters.set(modifying);
  drive(plane, modifying);
}

function isSnapshotDue(plane: Plane, cluster: CacheClusterRecord): boolean {
  if (cluster.snapshotRetentionLimit === 0 || cluster.snapshotWindow === undefined) return false;
  const since = openSince(snapshotWindow(cluster.snapshotWindow), 1, plane.clock.now());
  return since !== undefined && (cluster.lastAutomaticSnapshotAtMs ?? Number.NEGATIVE_INFINITY) < since;
}

/** One a day, and as many days as the retention limit says. */
function beginAutomaticSnapshot(
  plane: Plane,
  cluster: CacheClusterRecord,
  group: ReplicationGroupRecord | undefined,
): void {
  const now = plane.clock.now();
  const stamp = new Date(now).toISOString().slice(0, 16).replace(/[T:]/g, "-");
  const name = `automatic.${group?.id ?? cluster.id}-${stamp}`;
  const snapshot = planSnapshot(plane, cluster, name, { source: "automated", group });
  beginSnapshot(plane, { ...cluster, lastAutomaticSnapshotAtMs: now }, snapshot, []);
  const oldest = now - cluster.snapshotRetentionLimit * 24 * 60 * 60_000;
  for (const old of plane.state.snapshots.list(cluster)) {
    const mine = group === undefined ? old.clusterId === cluster.id : old.replicationGroupId === group.id;
    const expired = old.source === "automated" && mine && old.createdAtMs <= oldest;
    if (expired && old.status !== "creating") removeSnapshot(plane, old);
  }
}
