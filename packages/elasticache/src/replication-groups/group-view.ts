import { accessView, pendingAccessView } from "../access/access-view.ts";
import { endpointView } from "../clusters/cluster-view.ts";
import type { NodeGroup, NodeGroupMember, ReplicationGroup, ReshardingStatus } from "../model.generated.ts";
import type { Plane } from "../plane.ts";
import { arnOf } from "../scope.ts";
import { slotsBetween } from "../slots/slot-layout.ts";
import type { CacheClusterRecord, ReplicationGroupRecord, ShardRecord } from "../state/records.ts";
import type { GroupTransition, SlotLayout } from "../state/transition-records.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";
import { membersOfShard, primaryOf, shownShards, slotsOfShards, snapshotSourceOf } from "./find-group.ts";

/** A replication group in AWS's shape. Node groups are there once there are endpoints. */
export function groupView(plane: Plane, group: ReplicationGroupRecord): ReplicationGroup {
  const primary = primaryOf(plane, group);
  const shards = shownShards(group);
  const inClusterMode = group.clusterEnabled === true;
  const started = inClusterMode
    ? group.configurationEndpoint !== undefined
    : group.shards.every((shard) => shard.primaryEndpoint !== undefined);
  return {
    ReplicationGroupId: group.id,
    ARN: arnOf(group, "replicationgroup", group.id),
    Description: group.description,
    Status: group.status,
    PendingModifiedValues: pendingView(group),
    MemberClusters: shards.flatMap(({ memberIds }) => memberIds),
    NodeGroups: started ? shards.map((shard) => nodeGroupView(plane, group, shard)) : undefined,
    ConfigurationEndpoint: endpointView(group.configurationEndpoint),
    Engine: primary.engine,
    CacheNodeType: primary.nodeType,
    ClusterEnabled: inClusterMode,
    ClusterMode: inClusterMode ? "enabled" : "disabled",
    AutomaticFailover: group.automaticFailover ? "enabled" : "disabled",
    MultiAZ: group.multiAz ? "enabled" : "disabled",
    SnapshotRetentionLimit: primary.snapshotRetentionLimit,
    SnapshotWindow: primary.snapshotWindow,
    SnapshottingClusterId:
      primary.snapshotRetentionLimit > 0 && !inClusterMode ? snapshotSourceOf(plane, group).id : undefined,
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
    Resharding: transition?.kind === "reshard" ? reshardingView(slotsOfShards(group), transition) : undefined,
  };
}

/** How much of what is to move has moved. */
function reshardingView(
  now: SlotLayout,
  { layout, moving }: GroupTransition & { readonly kind: "reshard" },
): ReshardingStatus {
  const left = Math.min(moving, slotsBetween(now, layout));
  return { SlotMigration: { ProgressPercentage: moving === 0 ? 0 : Math.floor((100 * (moving - left)) / moving) } };
}

function nodeGroupView(plane: Plane, group: ReplicationGroupRecord, shard: ShardRecord): NodeGroup {
  const inClusterMode = group.clusterEnabled === true;
  return {
    NodeGroupId: shard.id,
    Status: group.status,
    Slots: shard.slots,
    PrimaryEndpoint: inClusterMode ? undefined : endpointView(shard.primaryEndpoint),
    ReaderEndpoint: inClusterMode ? undefined : endpointView(shard.readerEndpoint),
    NodeGroupMembers: membersOfShard(plane, group, shard).map((member) => memberView(shard, member)),
  };
}

function memberView(shard: ShardRecord, member: CacheClusterRecord): NodeGroupMember {
  const node = {
    CacheClusterId: member.id,
    CacheNodeId: onlyNodeId,
    PreferredAvailabilityZone: member.availabilityZone,
  };
  // As on AWS, roles and addresses of nodes are the cluster's to tell there.
  if (member.clusterEnabled === true) return node;
  return {
    ...node,
    ReadEndpoint: endpointView(member.endpoint),
    CurrentRole: member.id === shard.primaryId ? "primary" : "replica",
  };
}
