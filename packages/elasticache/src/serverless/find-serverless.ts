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
