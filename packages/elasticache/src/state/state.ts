import type { RecordStore } from "@fc/core";
import type { Scope } from "../scope.ts";
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
  /** As {@link updateCluster}, for a serverless cache. */
  updateServerless(
    cache: ServerlessCacheRecord,
    change: (current: ServerlessCacheRecord) => ServerlessCacheRecord,
  ): ServerlessCacheRecord | undefined;
  /** The cache as it is stored now, if it is still the same one. */
  currentServerless(cache: ServerlessCacheRecord): ServerlessCacheRecord | undefined;
}

export function openState(records: RecordStore): State {
  const clusters = table<CacheClusterRecord>(records, "clusters");
  const groups = table<ReplicationGroupRecord>(records, "replication-groups");
  const serverlessCaches = table<ServerlessCacheRecord>(records, "serverless-caches");
  const cluster = sameOnes(clusters, ({ node }) => node.nodeKey);
  const group = sameOnes(groups, ({ groupKey }) => groupKey);
  const serverless = sameOnes(serverlessCaches, ({ nodeKey }) => nodeKey);
  return {
    clusters,
    groups,
    serverlessCaches,
    snapshots: table(records, "snapshots"),
    serverlessSnapshots: table(records, "serverless-snapshots"),
    parameterGroups: table(records, "parameter-groups"),
    subnetGroups: table(records, "subnet-groups"),
    users: table(records, "users"),
    userGroups: table(records, "user-groups"),
    tags: table(records, "tags"),
    events: table(records, "events"),
    transaction: (work) => records.transaction(work),
    currentCluster: cluster.current,
    updateCluster: cluster.update,
    currentGroup: group.current,
    updateGroup: group.update,
    currentServerless: serverless.current,
    updateServerless: serverless.update,
  };
}

/** Reads and changes what is still the same one: an id may be used again, a backend's key never is. */
function sameOnes<T extends Scope & { readonly id: string }>(
  records: Table<T>,
  keyOf: (record: T) => string,
): {
  readonly current: (record: T) => T | undefined;
  readonly update: (record: T, change: (current: T) => T) => T | undefined;
} {
  const current = (record: T): T | undefined => {
    const found = records.get(record, record.id);
    return found !== undefined && keyOf(found) === keyOf(record) ? found : undefined;
  };
  const update = (record: T, change: (current: T) => T): T | undefined => {
    const found = current(record);
    if (found === undefined) return undefined;
    const changed = change(found);
    records.set(changed);
    return changed;
  };
  return { current, update };
}
