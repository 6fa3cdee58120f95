import { errorText } from "@fc/core";
import type { Plane } from "../plane.ts";
import { membersOf, primaryOf } from "../replication-groups/find-group.ts";
import { isDueToday, maintenanceWindow, openSince, snapshotWindow } from "../requests/windows.ts";
import { runDueServerless } from "../serverless/daily-snapshots.ts";
import { beginSnapshot, type SnapshotOwner, sourcesOf } from "../snapshots/begin-snapshot.ts";
import { removeSnapshot } from "../snapshots/delete-snapshot.ts";
import { newAutomaticName, planSnapshot } from "../snapshots/plan-snapshot.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, SnapshotRecord } from "../state/records.ts";
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
  runDueServerless(plane);
  for (const cluster of plane.state.clusters.all()) {
    if (cluster.replicationGroupId !== undefined) continue;
    if (!atRest(cluster)) continue;
    if (isMaintenanceDue(plane, cluster)) beginMaintenance(plane, cluster);
    else if (isSnapshotDue(plane, cluster)) beginAutomaticSnapshot(plane, { cluster });
  }
  for (const group of plane.state.groups.all()) {
    if (group.status !== "available" || group.transition !== undefined) continue;
    const members = membersOf(plane, group);
    if (members.some((member) => isMaintenanceDue(plane, member))) beginGroupModification(plane, group);
    else if (members.every(atRest) && isGroupSnapshotDue(plane, group)) beginAutomaticSnapshot(plane, { group });
  }
  for (const snapshot of plane.state.snapshots.all()) if (isExpired(plane, snapshot)) removeSnapshot(plane, snapshot);
}

function atRest({ status, transition }: CacheClusterRecord): boolean {
  return status === "available" && transition === undefined;
}

function isMaintenanceDue(plane: Plane, cluster: CacheClusterRecord): boolean {
  if (cluster.pending === undefined && cluster.pendingNodes === undefined) return false;
  return openSince(maintenanceWindow(cluster.maintenanceWindow), 7, plane.clock.now()) !== undefined;
}

function beginMaintenance(plane: Plane, cluster: CacheClusterRecord): void {
  const modifying: CacheClusterRecord = { ...cluster, status: "modifying", transition: { kind: "modify" } };
  plane.state.clusters.set(modifying);
  drive(plane, modifying);
}

function isSnapshotDue(plane: Plane, cluster: CacheClusterRecord): boolean {
  if (cluster.snapshotRetentionLimit === 0 || cluster.snapshotWindow === undefined) return false;
  return isDueToday(snapshotWindow(cluster.snapshotWindow), cluster.lastAutomaticSnapshotAtMs, plane.clock.now());
}

/** Once a day, whichever members it is taken from. */
function isGroupSnapshotDue(plane: Plane, group: ReplicationGroupRecord): boolean {
  const last = membersOf(plane, group).map((member) => member.lastAutomaticSnapshotAtMs ?? Number.NEGATIVE_INFINITY);
  const source = sourcesOf(plane, group)[0]?.cluster;
  return source !== undefined && isSnapshotDue(plane, { ...source, lastAutomaticSnapshotAtMs: Math.max(...last) });
}

function beginAutomaticSnapshot(plane: Plane, of: SnapshotOwner): void {
  const now = plane.clock.now();
  const group = "group" in of ? of.group : undefined;
  const sources = "group" in of ? sourcesOf(plane, of.group) : [{ cluster: of.cluster }];
  const name = newAutomaticName(plane, "group" in of ? of.group : of.cluster);
  const snapshot = planSnapshot(plane, sources, name, { source: "automated", group });
  beginSnapshot(plane, snapshot, of, { mark: () => ({ lastAutomaticSnapshotAtMs: now }) });
}

/** Automatic snapshots are kept for as many days as what they are of says now; when it takes none any more, as it said then. */
function isExpired(plane: Plane, snapshot: SnapshotRecord): boolean {
  if (snapshot.source !== "automated" || snapshot.status === "creating" || snapshot.status === "exporting")
    return false;
  const group = plane.state.groups.get(snapshot, snapshot.replicationGroupId ?? "");
  const owner = group === undefined ? plane.state.clusters.get(snapshot, snapshot.clusterId) : primaryOf(plane, group);
  const days = owner?.snapshotRetentionLimit || snapshot.snapshotRetentionLimit;
  return snapshot.createdAtMs <= plane.clock.now() - days * 24 * 60 * 60_000;
}
