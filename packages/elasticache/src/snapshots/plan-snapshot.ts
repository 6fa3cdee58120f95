import { fault } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { identifier, identifierLengths } from "../requests/identifiers.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, SnapshotRecord } from "../state/records.ts";

/**
 * The record of a snapshot of the cluster in `creating`; nothing is stored yet.
 * @throws AwsError `SnapshotFeatureNotSupportedFault` for memcached, `SnapshotAlreadyExistsFault`, `InvalidParameterValue`.
 */
export function planSnapshot(
  plane: Plane,
  cluster: CacheClusterRecord,
  name: string | undefined,
  of: {
    readonly source: "manual" | "automated";
    readonly group?: ReplicationGroupRecord | undefined;
    readonly kmsKeyId?: string | undefined;
  },
): SnapshotRecord {
  if (cluster.engine === "memcached")
    throw fault(
      "SnapshotFeatureNotSupportedFault",
      `Cache cluster ${cluster.id} runs memcached, which has no snapshots.`,
    );
  const id = of.source === "automated" && name !== undefined ? name : newSnapshotName(plane, cluster, name);
  const { account, region, engine, engineVersion, nodeType, parameterGroup } = cluster;
  return {
    account,
    region,
    id,
    status: "creating",
    source: of.source,
    clusterId: cluster.id,
    ...(of.group === undefined
      ? {}
      : {
          replicationGroupId: of.group.id,
          replicationGroupDescription: of.group.description,
          automaticFailover: of.group.automaticFailover,
        }),
    engine,
    engineVersion,
    nodeType,
    parameterGroup,
    port: cluster.port,
    subnetGroup: cluster.subnetGroup,
    availabilityZone: cluster.availabilityZone,
    maintenanceWindow: cluster.maintenanceWindow,
    ...(cluster.snapshotWindow === undefined ? {} : { snapshotWindow: cluster.snapshotWindow }),
    snapshotRetentionLimit: cluster.snapshotRetentionLimit,
    autoMinorVersionUpgrade: cluster.autoMinorVersionUpgrade,
    clusterCreatedAtMs: cluster.createdAtMs,
    ...(of.kmsKeyId === undefined ? {} : { kmsKeyId: of.kmsKeyId }),
    createdAtMs: plane.clock.now(),
  };
}

/** @throws AwsError `InvalidParameterValue` for a bad name, `SnapshotAlreadyExistsFault`. */
export function newSnapshotName(
  plane: Plane,
  scope: { readonly account: string; readonly region: string },
  name: string | undefined,
): string {
  const id = identifier(name, "SnapshotName", identifierLengths.name);
  if (plane.state.snapshots.get(scope, id) !== undefined)
    throw fault("SnapshotAlreadyExistsFault", `Snapshot ${id} already exists.`);
  return id;
}
