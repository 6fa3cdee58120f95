import { fault, serverlessCacheNotFound, serverlessSnapshotNotFound } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { ServerlessCacheRecord, ServerlessSnapshotRecord } from "../state/serverless-records.ts";

/** @throws AwsError `ServerlessCacheNotFoundFault`; `InvalidParameterValue` for a blank name. */
export function serverlessNamed(plane: Plane, scope: Scope, name: string | undefined): ServerlessCacheRecord {
  const id = required(name, "ServerlessCacheName").toLowerCase();
  const found = plane.state.serverlessCaches.get(scope, id);
  if (found === undefined) throw serverlessCacheNotFound(id);
  return found;
}

/** @throws AwsError `InvalidServerlessCacheStateFault` while something is being done to the cache. */
export function requireServerlessAvailable(cache: ServerlessCacheRecord): void {
  if (cache.status !== "available")
    throw fault(
      "InvalidServerlessCacheStateFault",
      `Serverless cache ${cache.id} is not in available state, but ${cache.status}.`,
    );
}

/** @throws AwsError `ServerlessCacheSnapshotNotFoundFault`; `InvalidParameterValue` for a blank name. */
export function serverlessSnapshotNamed(
  plane: Plane,
  scope: Scope,
  name: string | undefined,
  member = "ServerlessCacheSnapshotName",
): ServerlessSnapshotRecord {
  const id = required(name, member).toLowerCase();
  const found = plane.state.serverlessSnapshots.get(scope, id);
  if (found === undefined) throw serverlessSnapshotNotFound(id);
  return found;
}

/** The cache as it is stored now, if it is still the same one. */
export function currentServerless(plane: Plane, cache: ServerlessCacheRecord): ServerlessCacheRecord | undefined {
  const found = plane.state.serverlessCaches.get(cache, cache.id);
  return found?.nodeKey === cache.nodeKey ? found : undefined;
}

/** Changes a cache if it is still the same one: not deleted, and not another with the same name. */
export function updateServerless(
  plane: Plane,
  cache: ServerlessCacheRecord,
  change: (current: ServerlessCacheRecord) => ServerlessCacheRecord,
): ServerlessCacheRecord | undefined {
  const current = currentServerless(plane, cache);
  if (current === undefined) return undefined;
  const changed = change(current);
  plane.state.serverlessCaches.set(changed);
  return changed;
}
