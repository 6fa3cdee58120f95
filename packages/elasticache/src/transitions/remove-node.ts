import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { type BackendWork, callUntilDone } from "./backend-call.ts";
import { nodeKeysOf } from "./node-spec.ts";

/** Asks the backend again and again until it has removed something, or `signal` aborts. */
export function removeUntilGone(
  plane: Plane,
  what: { readonly text: string; readonly signal: AbortSignal; readonly onFailure: (error: unknown) => void },
  remove: BackendWork<void>,
): Promise<void> {
  const { text, signal, onFailure } = what;
  const timeoutSeconds = plane.settings.deleteTimeoutSeconds;
  return callUntilDone(plane, { what: text, timeoutSeconds, signal, onFailure }, remove);
}

/** Removes the cluster's node, or all of them. */
export function removeNode(plane: Plane, cluster: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const onFailure = (error: unknown): void => {
    const message = `The cache node could not be deleted yet: ${failureText(error)}`;
    plane.events.ofCluster(cluster, message, message);
  };
  return removeUntilGone(plane, { text: `deleting cache cluster ${cluster.id}`, signal, onFailure }, (options) =>
    removeKeys(plane, nodeKeysOf(cluster), options),
  );
}

/** Asks for the removal of all of them; absent ones are fine. Rejects with the first failure when all have been tried. */
export async function removeKeys(
  plane: Plane,
  nodeKeys: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const removed = await Promise.allSettled(nodeKeys.map((nodeKey) => plane.backend.delete(nodeKey, { signal })));
  for (const each of removed) if (each.status === "rejected") throw each.reason;
}
