import type { CacheNodeEvent } from "../backend/backend.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessCacheRecord, ServerlessSnapshotRecord } from "../state/serverless-records.ts";
import { deleteServerless } from "./delete-serverless.ts";
import { modifyServerless } from "./modify-serverless.ts";
import { adoptServerless, createServerless, recoverServerless } from "./start-serverless.ts";
import { storeServerlessSnapshot } from "./store-serverless-snapshot.ts";

const works = {
  create: createServerless,
  modify: modifyServerless,
  delete: deleteServerless,
  recover: recoverServerless,
} as const;

/** Gives the cache's stored transition its owner: the task that ends it. A deletion stops what runs before it. */
export function driveServerless(plane: Plane, cache: ServerlessCacheRecord): void {
  const { transition } = cache;
  if (transition === undefined) return;
  plane.tasks.run(cache.nodeKey, (signal) => works[transition.kind](plane, cache, signal), {
    preempt: transition.kind === "delete",
  });
}

/** Owns a snapshot in `creating`. Beside what else is done to the cache, but for its deletion, which fails what is left. */
export function driveServerlessSnapshot(
  plane: Plane,
  cache: ServerlessCacheRecord,
  snapshot: ServerlessSnapshotRecord,
): void {
  plane.tasks.run(cache.nodeKey, async (signal) => {
    await storeServerlessSnapshot(plane, cache, snapshot.id, signal);
  });
}

/** After a restart: what is under way is gone on with, everything else is adopted. */
export function driveAllServerless(plane: Plane): void {
  const { serverlessCaches, serverlessSnapshots } = plane.state;
  for (const cache of serverlessCaches.all()) {
    if (cache.endpoint !== undefined && cache.status !== "deleting" && cache.transition?.kind !== "create")
      plane.tasks.run(cache.nodeKey, (signal) => adoptServerless(plane, cache, signal));
    if (cache.transition?.kind !== "recover") driveServerless(plane, cache);
  }
  for (const snapshot of serverlessSnapshots.all()) {
    if (snapshot.status !== "creating") continue;
    const cache = serverlessCaches.get(snapshot, snapshot.cacheId);
    if (cache?.nodeKey !== snapshot.nodeKey) serverlessSnapshots.set({ ...snapshot, status: "create-failed" });
    // A deletion has its final snapshot in hand, and fails every other.
    else if (cache.status !== "deleting") driveServerlessSnapshot(plane, cache, snapshot);
  }
}

/** What the backend reports about a serverless cache's engine that nobody asked to change. */
export function onServerlessEvent(plane: Plane, event: CacheNodeEvent): void {
  const cache = plane.state.serverlessCaches.all().find(({ nodeKey }) => nodeKey === event.nodeKey);
  if (cache === undefined) return;
  const tell = (message: string): void => plane.events.add(cache, "serverless-cache", cache.id, message);
  const undisturbed = cache.transition === undefined || cache.transition.kind === "recover";
  if (!undisturbed || event.type === "failed") tell(event.message);
  else if (event.type === "lost") {
    tell(`Recovering serverless cache ${cache.id}: ${event.message}`);
    const lost = plane.state.updateServerless(cache, (current) => ({
      ...current,
      status: "modifying",
      transition: { kind: "recover" },
    }));
    if (lost !== undefined && cache.transition === undefined) driveServerless(plane, lost);
  } else if (event.type === "recovered") {
    const kept = event.dataKept === true ? "with its data" : "empty";
    const message = `Finished recovery of serverless cache ${cache.id} (${kept}): ${event.message}`;
    plane.tasks.run(cache.nodeKey, (signal) => adoptServerless(plane, cache, signal, message), { preempt: true });
  }
}
