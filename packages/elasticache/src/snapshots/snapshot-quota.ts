import { fault } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord } from "../state/records.ts";

/** AWS: manual snapshots per node in any 24 hours; those of a cluster's nodes are counted together. */
const manualPerNode = 20;
const dayMs = 24 * 60 * 60_000;

/** When the manual snapshots of the last 24 hours began, deleted ones included. */
export function manualSnapshotsOfDay(plane: Plane, { manualSnapshotsAtMs = [] }: CacheClusterRecord): number[] {
  const since = plane.clock.now() - dayMs;
  return manualSnapshotsAtMs.filter((atMs) => atMs > since);
}

/** @throws AwsError `SnapshotQuotaExceededFault` when the nodes have had as many manual snapshots as a day may have. */
export function requireSnapshotQuota(plane: Plane, nodes: readonly CacheClusterRecord[]): void {
  const taken = nodes.flatMap((node) => manualSnapshotsOfDay(plane, node)).length;
  if (taken >= manualPerNode * nodes.length)
    throw fault(
      "SnapshotQuotaExceededFault",
      "The request cannot be processed because it would exceed the maximum number of snapshots.",
    );
}
