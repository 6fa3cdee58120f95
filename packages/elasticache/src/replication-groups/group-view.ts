import { accessView, pendingAccessView } from "../access/access-view.ts";
import { endpointView } from "../clusters/cluster-view.ts";
import type { NodeGroup, NodeGroupMember, ReplicationGroup } from "../model.generated.ts";
import type { Plane } from "../plane.ts";
import { arnOf } from "../scope.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";
import { memberIdsOf, membersOf, primaryOf, snapshotSourceOf } from "./find-group.ts";

/** A replication group in AWS's shape. Node groups are there once there are endpoints. */
export function groupView(plane: Plane, group: ReplicationGroupRecord): ReplicationGroup {
  const members = membersOf(plane, group);
  const primary = primaryOf(plane, group);
  const started = group.shards.every((shard) => shard.primaryEndpoint !== undefined);
  return {
    ReplicationGroupId: group.id,
    ARN: arnOf(group, "replicationgroup", group.id),
    Description: group.description,
    Status: group.status,
    PendingModifiedValues: pendingView(group),
    MemberClusters: memberIdsOf(group),
    NodeGroups: started ? group.shards.map((shard) => nodeGroupView(group, shard, members)) : undefined,
    Engine: primary.engine,
    CacheNodeType: primary.nodeType,
    ClusterEnabled: false,
    ClusterMode: "disabled",
    AutomaticFailover: group.automaticFailover ? "enabled" : "disabled",
    MultiAZ: group.multiAz ? "enabled" : "disabled",
    SnapshotRetentionLimit: primary.snapshotRetentionLimit,
    SnapshotWindow: primary.snapshotWindow,
    SnapshottingClusterId: primary.snapshotRetentionLimit > 0 ? snapshotSourceOf(plane, group).id : undefined,
    ...accessView(group.access),
    UserGroupIds: group.access?.userGroupIds,
    AtRestEncryptionEnabled: group.atRestEncryption,
    KmsKeyId: group.kmsKeyId,
    LogDeliveryConfigurations: [],
    ReplicationGroupCreateTime: new Date(group.createdAtMs),
    DataTiering: "disabled",
    AutoMinorVersionUpgrade: primary.autoMinorVersionUpgrade,
    NetworkType: "ipv4",
    IpDiscovery: "ipv4",
  };
}

function pendingView(group: ReplicationGroupRecord): ReplicationGroup["PendingModifiedValues"] {
  const { transition, access, pendingAccess } = group;
  return {
    ...pendingAccessView(access, pendingAccess),
    PrimaryClusterId: transition?.kind === "failover" ? transition.to : undefined,
  };
}

function nodeGroupView(
  group: ReplicationGroupRecord,
  shard: ShardRecord,
  members: readonly CacheClusterRecord[],
): NodeGroup {
  return {
    NodeGroupId: shard.id,
    Status: group.status,
    PrimaryEndpoint: endpointView(shard.primaryEndpoint),
    ReaderEndpoint: endpointView(shard.readerEndpoint),
    NodeGroupMembers: members
      .filter((member) => shard.memberIds.includes(member.id))
      .map((member) => memberView(shard, member)),
  };
}

function memberView(shard: ShardRecord, member: CacheClusterRecord): NodeGroupMember {
  return {
    CacheClusterId: member.id,
    CacheNodeId: onlyNodeId,
    ReadEndpoint: endpointView(member.endpoint),
    PreferredAvailabilityZone: member.availabilityZone,
    CurrentRole: member.id === shard.primaryId ? "primary" : "replica",
  };
}
