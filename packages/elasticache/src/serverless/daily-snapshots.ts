import type { Plane } from "../plane.ts";
import { isDueToday } from "../requests/windows.ts";
import { automaticName } from "../snapshots/plan-snapshot.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import { removeServerlessSnapshot } from "./delete-serverless-snapshot.ts";
import { planServerlessSnapshot } from "./plan-serverless-snapshot.ts";
import { driveServerlessSnapshot } from "./transitions.ts";

/** Takes the daily snapshots that are due, and removes those whose days are over. */
export function runDueServerless(plane: Plane): void {
  const now = plane.clock.now();
  for (const snapshot of plane.state.serverlessSnapshots.all())
    if (snapshot.expiresAtMs !== undefined && snapshot.expiresAtMs <= now && snapshot.status !== "creating")
      removeServerlessSnapshot(plane, snapshot);
  for (const cache of plane.state.serverlessCaches.all()) if (isDue(plane, cache)) begin(plane, cache);
}

function isDue(plane: Plane, cache: ServerlessCacheRecord): boolean {
  const { dailySnapshotTime, snapshotRetentionLimit, lastAutomaticSnapshotAtMs } = cache;
  if (cache.status !== "available" || snapshotRetentionLimit === 0 || dailySnapshotTime === undefined) return false;
  const [hours = 0, minutes = 0] = dailySnapshotTime.split(":").map(Number);
  return isDueToday({ start: hours * 60 + minutes, length: 60 }, lastAutomaticSnapshotAtMs, plane.clock.now());
}

function begin(plane: Plane, cache: ServerlessCacheRecord): void {
  const now = plane.clock.now();
  const name = automaticName(cache.id, now);
  const snapshot = planServerlessSnapshot(plane, cache, { name, keptDays: cache.snapshotRetentionLimit });
  plane.state.transaction(() => {
    plane.state.serverlessSnapshots.set(snapshot);
    plane.state.serverlessCaches.set({ ...cache, lastAutomaticSnapshotAtMs: now });
  });
  driveServerlessSnapshot(plane, cache, snapshot);
}
