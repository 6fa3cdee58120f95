import { clusterNamed, requireAvailable } from "../clusters/find-cluster.ts";
import { invalidCombination } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { groupNamed, requireGroupAvailable, snapshotSourceOf } from "../replication-groups/find-group.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import type { CacheClusterRecord, SnapshotRecord } from "../state/records.ts";
import { requestTags, type StoredTag, setTags } from "../tags/tag-store.ts";
import { setGroupStatus } from "../transitions/outcome.ts";
import { drive } from "../transitions/transitions.ts";
import { planSnapshot } from "./plan-snapshot.ts";
import { snapshotView } from "./snapshot-view.ts";

/** AWS CreateSnapshot, of a cache cluster or a replication group. */
export const createSnapshot: Operation<"CreateSnapshot"> = (plane, input, context) => {
  const clusterId = lookup(input.CacheClusterId);
  const groupId = lookup(input.ReplicationGroupId);
  if ((clusterId === undefined) === (groupId === undefined))
    throw invalidCombination("Either CacheClusterId or ReplicationGroupId must be provided, and not both.");
  const group = groupId === undefined ? undefined : groupNamed(plane, context, groupId);
  const cluster = group === undefined ? clusterNamed(plane, context, clusterId) : snapshotSourceOf(plane, group);
  const tags = requestTags(input.Tags);
  const kmsKeyId = filled(input.KmsKeyId);
  const snapshot = planSnapshot(plane, cluster, input.SnapshotName, { source: "manual", group, kmsKeyId });
  if (group === undefined) requireAvailable(cluster);
  else requireGroupAvailable(plane, group);
  beginSnapshot(plane, cluster, snapshot, tags);
  return { Snapshot: snapshotView(snapshot) };
};

/** Stores the snapshot and the cluster's transition together, and starts it. */
export function beginSnapshot(
  plane: Plane,
  cluster: CacheClusterRecord,
  snapshot: SnapshotRecord,
  tags: readonly StoredTag[],
): void {
  const snapshotting: CacheClusterRecord = {
    ...cluster,
    status: "snapshotting",
    transition: { kind: "snapshot", snapshotName: snapshot.id },
  };
  plane.state.transaction(() => {
    plane.state.snapshots.set(snapshot);
    plane.state.clusters.set(snapshotting);
    setGroupStatus(plane, snapshotting, "snapshotting");
    setTags(plane.state, snapshot, "snapshot", snapshot.id, tags);
  });
  drive(plane, snapshotting);
}
