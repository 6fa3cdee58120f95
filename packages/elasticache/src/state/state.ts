import type { RecordStore } from "@fc/core";
import type {
  CacheClusterRecord,
  EventRecord,
  ParameterGroupRecord,
  ReplicationGroupRecord,
  SnapshotRecord,
  SubnetGroupRecord,
  TagsRecord,
  UserGroupRecord,
  UserRecord,
} from "./records.ts";
import type { ServerlessCacheRecord, ServerlessSnapshotRecord } from "./serverless-records.ts";
import { type Table, table } from "./table.ts";

/** Everything that this service knows, in the record store: there is no second copy. */
export interface State {
  readonly clusters: Table<CacheClusterRecord>;
  readonly groups: Table<ReplicationGroupRecord>;
  readonly serverlessCaches: Table<ServerlessCacheRecord>;
  readonly snapshots: Table<SnapshotRecord>;
  readonly serverlessSnapshots: Table<ServerlessSnapshotRecord>;
  readonly parameterGroups: Table<ParameterGroupRecord>;
  readonly subnetGroups: Table<SubnetGroupRecord>;
  readonly users: Table<UserRecord>;
  readonly userGroups: Table<UserGroupRecord>;
  readonly tags: Table<TagsRecord>;
  readonly events: Table<EventRecord>;
  /** All of the writes in `work`, or none. */
  transaction<T>(work: () => T): T;
  /**
   * Changes a cluster if it is still the same one: not deleted, and not another with the same id.
   * Returns what is stored then, or undefined.
   */
  updateCluster(
    cluster: CacheClusterRecord,
    change: (current: CacheClusterRecord) => CacheClusterRecord,
  ): CacheClusterRecord | undefined;
  /** The cluster as it is stored now, if it is still the same one. */
  currentCluster(cluster: CacheClusterRecord): CacheClusterRecord | undefined;
  /** As {@link updateCluster}, for a replication group. */
  updateGroup(
    group: ReplicationGroupRecord,
    change: (current: ReplicationGroupRecord) => ReplicationGroupRecord,
  ): ReplicationGroupRecord | undefined;
  /** The group as it is stored now, if it is still the same one. */
  currentGroup(group: ReplicationGroupRecord): ReplicationGroupRecord | undefined;
}

export function openState(records: RecordStore): State {
  const clusters = table<CacheClusterRecord>(records, "clusters");
  const groups = table<ReplicationGroupRecord>(records, "replication-groups");
  const currentCluster = (cluster: CacheClusterRecord): CacheClusterRecord | undefined => {
    const found = clusters.get(cluster, cluster.id);
    return found?.node.nodeKey === cluster.node.nodeKey ? found : undefined;
  };
  const currentGroup = (group: ReplicationGroupRecord): ReplicationGroupRecord | undefined => {
    const found = groups.get(group, group.id);
    return found?.groupKey === group.groupKey ? found : undefined;
  };
  return {
    clusters,
    groups,
    serverlessCaches: table(records, "serverless-caches"),
    snapshots: table(records, "snapshots"),
    serverlessSnapshots: table(records, "serverless-snapshots"),
    parameterGroups: table(records, "parameter-groups"),
    subnetGroups: table(records, "subnet-groups"),
    users: table(records, "users"),
    userGroups: table(records, "user-groups"),
    tags: table(records, "tags"),
    events: table(records, "events"),
    transaction: (work) => records.transaction(work),
    currentCluster,
    currentGroup,
    updateGroup: (group, change) => {
      const current = currentGroup(group);
      if (current === undefined) return undefined;
      const changed = change(current);
      groups.set(changed);
      return changed;
    },
    updateCluster: (cluster, change) => {
      const current = currentCluster(cluster);
      if (current === undefined) return undefined;
      const changed = change(current);
      clusters.set(changed);
      return changed;
    },
  };
}
