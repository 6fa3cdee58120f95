import { clusterNotFound, clusterState } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord } from "../state/records.ts";

/** @throws AwsError `CacheClusterNotFound`; `InvalidParameterValue` for a blank id. */
export function clusterNamed(plane: Plane, scope: Scope, id: string | undefined): CacheClusterRecord {
  const given = required(id, "CacheClusterId").toLowerCase();
  const found = plane.state.clusters.get(scope, given);
  if (found === undefined) throw clusterNotFound(given);
  return found;
}

/** @throws AwsError `InvalidCacheClusterState` while something else is under way. */
export function requireAvailable(cluster: CacheClusterRecord): CacheClusterRecord {
  if (cluster.status !== "available" || cluster.transition !== undefined)
    throw clusterState(`Cache cluster ${cluster.id} is not in available state, but ${cluster.status}.`);
  return cluster;
}

/**
 * Deleting is possible in every state in which nothing is being read from or written to the node's data. With a final snapshot the
 * node must be available.
 * @throws AwsError `InvalidCacheClusterState`.
 */
export function requireDeletable(cluster: CacheClusterRecord, finalSnapshot: string | undefined): void {
  if (finalSnapshot !== undefined) requireAvailable(cluster);
  const kind = cluster.transition?.kind;
  if (kind !== undefined && kind !== "create" && kind !== "recover")
    throw clusterState(`Cache cluster ${cluster.id} cannot be deleted while it is ${cluster.status}.`);
}
