import type { Plane } from "../plane.ts";
import { primaryOfShard, snapshotSourceOf } from "../replication-groups/find-group.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, SnapshotRecord } from "../state/records.ts";
import { type StoredTag, setTags } from "../tags/tag-store.ts";
import { driveGroup, inHand } from "../transitions/group-transitions.ts";
import { setGroupStatus } from "../transitions/outcome.ts";
import { drive } from "../transitions/transitions.ts";
import type { SnapshotSource } from "./plan-snapshot.ts";

/** The members that a group's snapshot is taken from, one of each shard. */
export function sourcesOf(plane: Plane, group: ReplicationGroupRecord): SnapshotSource[] {
  return group.shards.map((shard) => ({ shard, cluster: snapshotSourceOf(plane, group, shard) }));
}

/** As on AWS, of the primaries when the group goes away: they have the freshest data. */
export function finalSourcesOf(plane: Plane, group: ReplicationGroupRecord): SnapshotSource[] {
  return group.shards.map((shard) => ({ shard, cluster: primaryOfShard(plane, group, shard) }));
}

/** What is written to the cluster that a snapshot is taken of. */
export type Mark = Partial<Pick<CacheClusterRecord, "lastAutomaticSnapshotAtMs" | "manualSnapshotsAtMs">>;

/** What a snapshot is taken of. */
export type SnapshotOwner = { readonly cluster: CacheClusterRecord } | { readonly group: ReplicationGroupRecord };

/** Stores the snapshot and the transition of what it is of, which gives it its data, together; and starts that. */
export function beginSnapshot(
  plane: Plane,
  snapshot: SnapshotRecord,
  of: SnapshotOwner,
  options: { readonly mark: (cluster: CacheClusterRecord) => Mark; readonly tags?: readonly StoredTag[] },
): void {
  const { mark, tags = [] } = options;
  const store = (begin: () => void): void =>
    plane.state.transaction(() => {
      plane.state.snapshots.set(snapshot);
      setTags(plane.state, snapshot, "snapshot", snapshot.id, tags);
      begin();
    });
  const transition = { kind: "snapshot", snapshotName: snapshot.id } as const;
  if ("cluster" in of) {
    const { cluster } = of;
    const snapshotting: CacheClusterRecord = { ...cluster, ...mark(cluster), status: "snapshotting", transition };
    store(() => {
      plane.state.clusters.set(snapshotting);
      setGroupStatus(plane, snapshotting, "snapshotting");
    });
    drive(plane, snapshotting);
    return;
  }
  const snapshotting: ReplicationGroupRecord = { ...of.group, status: "snapshotting", transition };
  store(() => {
    plane.state.groups.set(snapshotting);
    for (const { clusterId } of snapshot.parts) {
      const member = plane.state.clusters.get(snapshot, clusterId);
      if (member !== undefined) plane.state.clusters.set({ ...inHand(member, "snapshotting"), ...mark(member) });
    }
  });
  driveGroup(plane, snapshotting);
}
