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
import { type Table, table } from "./table.ts";

/** Everything that this service knows, in the record store: there is no second copy. */
export interface State {
  readonly clusters: Table<CacheClusterRecord>;
  readonly groups: Table<ReplicationGroupRecord>;
  readonly snapshots: Table<SnapshotRecord>;
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
}

export function openState(records: RecordStore): State {
  const clusters = table<CacheClusterRecord>(records, "clusters");
  const currentCluster = (cluster: CacheClusterRecord): CacheClusterRecord | undefined => {
    const found = clusters.get(cluster, cluster.id);
    return found?.node.nodeKey === cluster.node.nodeKey ? found : undefined;
  };
  return {
    clusters,
    groups: table(records, "replication-groups"),
    snapshots: table(records, "snapshots"),
    parameterGroups: table(records, "parameter-groups"),
    subnetGroups: table(records, "subnet-groups"),
    users: table(records, "users"),
    userGroups: table(records, "user-groups"),
    tags: table(records, "tags"),
    events: table(records, "events"),
    transaction: (work) => records.transaction(work),
    currentCluster,
    updateCluster: (cluster, change) => {
      const current = currentCluster(cluster);
      if (current === undefined) return undefined;
      const changed = change(current);
      clusters.set(changed);
      return changed;
    },
  };
}
