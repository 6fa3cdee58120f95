import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import { removeUntilGone } from "../transitions/remove-node.ts";
import { removeServerlessSnapshot } from "./delete-serverless-snapshot.ts";
import { settled } from "./start-serverless.ts";
import { storeServerlessSnapshot } from "./store-serverless-snapshot.ts";

/**
 * Ends `deleting`: the engine is gone, then the records. When the final snapshot fails, the deletion does not happen: the data would be
 * lost.
 */
export async function deleteServerless(plane: Plane, begun: ServerlessCacheRecord, signal: AbortSignal): Promise<void> {
  const cache = plane.state.currentServerless(begun);
  if (cache?.transition?.kind !== "delete") return;
  const { finalSnapshot } = cache.transition;
  const tell = (message: string): void => plane.events.add(cache, "serverless-cache", cache.id, message);
  failOthers(plane, cache, finalSnapshot);
  if (finalSnapshot !== undefined) {
    const stored = await storeServerlessSnapshot(plane, cache, finalSnapshot, signal);
    if (signal.aborted) return;
    if (!stored) {
      plane.state.updateServerless(cache, settled);
      return tell(`Serverless cache ${cache.id} is not deleted because its final snapshot ${finalSnapshot} failed`);
    }
    plane.state.updateServerless(cache, (current) => ({ ...current, transition: { kind: "delete" } }));
  }
  const onFailure = (error: unknown): void => tell(`It could not be deleted yet: ${failureText(error)}`);
  const text = `deleting serverless cache ${cache.id}`;
  await removeUntilGone(plane, { text, signal, onFailure }, (options) => plane.backend.delete(cache.nodeKey, options));
  if (!signal.aborted) forget(plane, cache);
}

/** Snapshots that the deletion stopped. */
function failOthers(plane: Plane, cache: ServerlessCacheRecord, finalSnapshot: string | undefined): void {
  const { serverlessSnapshots } = plane.state;
  for (const snapshot of serverlessSnapshots.list(cache))
    if (snapshot.nodeKey === cache.nodeKey && snapshot.status === "creating" && snapshot.id !== finalSnapshot)
      serverlessSnapshots.set({ ...snapshot, status: "create-failed" });
}

/** Automatic snapshots go with their cache; manual ones stay. */
function forget(plane: Plane, cache: ServerlessCacheRecord): void {
  plane.state.transaction(() => {
    if (plane.state.currentServerless(cache) === undefined) return;
    plane.state.serverlessCaches.delete(cache, cache.id);
    plane.state.tags.delete(cache, `serverlesscache:${cache.id}`);
    for (const snapshot of plane.state.serverlessSnapshots.list(cache))
      if (snapshot.type === "automated" && snapshot.nodeKey === cache.nodeKey)
        removeServerlessSnapshot(plane, snapshot);
    plane.events.add(cache, "serverless-cache", cache.id, `Serverless cache ${cache.id} deleted`);
  });
}
