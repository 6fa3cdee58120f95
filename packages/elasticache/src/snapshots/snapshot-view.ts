import { reportedVersion } from "../engines/versions.ts";
import type { NodeGroupConfiguration, NodeSnapshot, Snapshot } from "../model.generated.ts";
import { arnOf } from "../scope.ts";
import type { SnapshotPart, SnapshotRecord, SnapshotShard } from "../state/records.ts";
import { vpcOf } from "../subnet-groups/find-subnet-group.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";

/** A snapshot in AWS's shape. Of a replication group, or of a cache cluster: never both ids. */
export function snapshotView(snapshot: SnapshotRecord, options: { readonly nodeGroups?: boolean } = {}): Snapshot {
  const ofGroup = snapshot.replicationGroupId !== undefined;
  return {
    SnapshotName: snapshot.id,
    ARN: arnOf(snapshot, "snapshot", snapshot.id),
    SnapshotStatus: snapshot.status,
    SnapshotSource: snapshot.source,
    ReplicationGroupId: snapshot.replicationGroupId,
    ReplicationGroupDescription: snapshot.replicationGroupDescription,
    CacheClusterId: ofGroup ? undefined : snapshot.clusterId,
    CacheNodeType: snapshot.nodeType,
    Engine: snapshot.engine,
    EngineVersion: reportedVersion(snapshot),
    NumCacheNodes: ofGroup ? undefined : 1,
    NumNodeGroups: ofGroup ? snapshot.parts.length : undefined,
    AutomaticFailover: ofGroup ? (snapshot.automaticFailover === true ? "enabled" : "disabled") : undefined,
    PreferredAvailabilityZone: ofGroup ? undefined : snapshot.availabilityZone,
    CacheClusterCreateTime: ofGroup ? undefined : new Date(snapshot.clusterCreatedAtMs),
    PreferredMaintenanceWindow: snapshot.maintenanceWindow,
    Port: snapshot.port,
    CacheParameterGroupName: snapshot.parameterGroup,
    CacheSubnetGroupName: snapshot.subnetGroup,
    VpcId: vpcOf(snapshot),
    AutoMinorVersionUpgrade: snapshot.autoMinorVersionUpgrade,
    SnapshotRetentionLimit: snapshot.snapshotRetentionLimit,
    SnapshotWindow: snapshot.snapshotWindow,
    KmsKeyId: snapshot.kmsKeyId,
    DataTiering: "disabled",
    NodeSnapshots: snapshot.parts.map((part) => partView(part, options.nodeGroups === true)),
  };
}

function partView(part: SnapshotPart, configuration: boolean): NodeSnapshot {
  const { shard, bytes, storedAtMs } = part;
  return {
    CacheClusterId: part.clusterId,
    NodeGroupId: shard?.id,
    NodeGroupConfiguration: configuration && shard !== undefined ? configurationView(shard) : undefined,
    CacheNodeId: onlyNodeId,
    CacheSize: bytes === undefined ? "" : sizeText(bytes.sizeBytes),
    CacheNodeCreateTime: new Date(part.nodeCreatedAtMs),
    SnapshotCreateTime: storedAtMs === undefined ? undefined : new Date(storedAtMs),
  };
}

function configurationView({ slots, zones: [primary, ...replicas] }: SnapshotShard): NodeGroupConfiguration {
  return {
    Slots: slots,
    ReplicaCount: replicas.length,
    PrimaryAvailabilityZone: primary,
    ReplicaAvailabilityZones: replicas,
  };
}

/** AWS counts whole megabytes, and a snapshot that exists has at least one. */
function sizeText(bytes: number): string {
  return `${Math.max(1, Math.ceil(bytes / 1_048_576))} MB`;
}
