import { clusterNamed, requireAvailable } from "../clusters/find-cluster.ts";
import { invalidCombination } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { groupNamed, membersOf, requireGroupAvailable } from "../replication-groups/find-group.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord, SnapshotRecord } from "../state/records.ts";
import { requestTags } from "../tags/tag-store.ts";
import { beginSnapshot, type Mark, sourcesOf } from "./begin-snapshot.ts";
import { planSnapshot } from "./plan-snapshot.ts";
import { manualSnapshotsOfDay, requireSnapshotQuota } from "./snapshot-quota.ts";
import { snapshotView } from "./snapshot-view.ts";

/** AWS CreateSnapshot, of a cache cluster or of every shard of a replication group. */
export const createSnapshot: Operation<"CreateSnapshot"> = (plane, input, context) => {
  const clusterId = lookup(input.CacheClusterId);
  const groupId = lookup(input.ReplicationGroupId);
  if ((clusterId === undefined) === (groupId === undefined))
    throw invalidCombination("Either CacheClusterId or ReplicationGroupId must be provided, and not both.");
  const snapshot = groupId === undefined ? ofCluster(plane, input, context) : ofGroup(plane, input, context);
  return { Snapshot: snapshotView(snapshot) };
};

function ofCluster(plane: Plane, input: Input<"CreateSnapshot">, scope: Scope): SnapshotRecord {
  const cluster = clusterNamed(plane, scope, input.CacheClusterId);
  if (cluster.clusterEnabled === true)
    throw invalidCombination(
      `Cache cluster ${cluster.id} has the data of one shard only: give ReplicationGroupId ${cluster.replicationGroupId} for a snapshot of all.`,
    );
  const tags = requestTags(input.Tags);
  const kmsKeyId = filled(input.KmsKeyId);
  const snapshot = planSnapshot(plane, [{ cluster }], input.SnapshotName, { source: "manual", kmsKeyId });
  requireAvailable(cluster);
  requireSnapshotQuota(plane, [cluster]);
  beginSnapshot(plane, snapshot, { cluster }, { tags, mark: marking(plane) });
  return snapshot;
}

function ofGroup(plane: Plane, input: Input<"CreateSnapshot">, scope: Scope): SnapshotRecord {
  const group = groupNamed(plane, scope, input.ReplicationGroupId);
  const tags = requestTags(input.Tags);
  const kmsKeyId = filled(input.KmsKeyId);
  const sources = sourcesOf(plane, group);
  const snapshot = planSnapshot(plane, sources, input.SnapshotName, { source: "manual", group, kmsKeyId });
  requireGroupAvailable(plane, group);
  requireSnapshotQuota(plane, membersOf(plane, group));
  beginSnapshot(plane, snapshot, { group }, { tags, mark: marking(plane) });
  return snapshot;
}

function marking(plane: Plane): (cluster: CacheClusterRecord) => Mark {
  return (cluster) => ({ manualSnapshotsAtMs: [...manualSnapshotsOfDay(plane, cluster), plane.clock.now()] });
}
