import { fault } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { identifier, identifierLengths } from "../requests/identifiers.ts";
import type {
  CacheClusterRecord,
  ReplicationGroupRecord,
  ShardRecord,
  SnapshotPart,
  SnapshotRecord,
} from "../state/records.ts";

/** Who gives the data of a snapshot, or of a shard's part of it. */
export interface SnapshotSource {
  readonly cluster: CacheClusterRecord;
  /** Absent for a cluster on its own. */
  readonly shard?: ShardRecord;
}

export interface SnapshotKind {
  readonly source: "manual" | "automated";
  readonly group?: ReplicationGroupRecord | undefined;
  readonly kmsKeyId?: string | undefined;
}

/**
 * The record of a snapshot in `creating`; nothing is stored yet. The first source describes engine and settings.
 * @throws AwsError `SnapshotFeatureNotSupportedFault` for memcached, `SnapshotAlreadyExistsFault`, `InvalidParameterValue`.
 */
export function planSnapshot(
  plane: Plane,
  sources: readonly SnapshotSource[],
  name: string | undefined,
  of: SnapshotKind,
): SnapshotRecord {
  const cluster = sources[0]?.cluster;
  if (cluster === undefined) throw new Error(`the snapshot ${name} has no source`);
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
    parts: sources.map((source) => partOf(plane, source)),
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

/** What the automatic snapshot of something is called: `automatic.<name>-YYYY-MM-DD-HH-MM`. */
export function automaticName(of: string, nowMs: number): string {
  return `automatic.${of}-${new Date(nowMs).toISOString().slice(0, 16).replace(/[T:]/g, "-")}`;
}

/** The same, told apart from what has it: a cluster and a replication group may have the same id, and their windows the same minute. */
export function newAutomaticName(plane: Plane, of: CacheClusterRecord | ReplicationGroupRecord): string {
  const name = automaticName(of.id, plane.clock.now());
  for (let count = 1; ; count += 1) {
    const next = count === 1 ? name : `${name}-${count}`;
    if (plane.state.snapshots.get(of, next) === undefined) return next;
  }
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

function partOf(plane: Plane, { cluster, shard }: SnapshotSource): SnapshotPart {
  const { id: clusterId, createdAtMs: nodeCreatedAtMs, instance } = cluster;
  const part: SnapshotPart = { clusterId, nodeCreatedAtMs, ...(instance === undefined ? {} : { instance }) };
  if (shard === undefined) return part;
  const primaryFirst = [shard.primaryId, ...shard.memberIds.filter((id) => id !== shard.primaryId)];
  const zones = primaryFirst.flatMap((id) => plane.state.clusters.get(cluster, id)?.availabilityZone ?? []);
  const { id, slots } = shard;
  return { ...part, shard: { id, ...(slots === undefined ? {} : { slots }), zones } };
}
