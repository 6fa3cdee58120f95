import { accessView, pendingAccessView } from "../access/access-view.ts";
import { endpointView } from "../clusters/cluster-view.ts";
import type { NodeGroup, ReplicationGroup } from "../model.generated.ts";
import { arnOf } from "../scope.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";

/** A replication group in AWS's shape. Node groups are there once there are endpoints. */
export function groupView(group: ReplicationGroupRecord, member: CacheClusterRecord): ReplicationGroup {
  return {
    ReplicationGroupId: group.id,
    ARN: arnOf(group, "replicationgroup", group.id),
    Description: group.description,
    Status: group.status,
    PendingModifiedValues: pendingAccessView(group.access, group.pendingAccess),
    MemberClusters: [member.id],
    NodeGroups: member.endpoint === undefined ? undefined : [nodeGroupView(group, member)],
    Engine: member.engine,
    CacheNodeType: member.nodeType,
    ClusterEnabled: false,
    ClusterMode: "disabled",
    AutomaticFailover: "disabled",
    MultiAZ: "disabled",
    SnapshotRetentionLimit: member.snapshotRetentionLimit,
    SnapshotWindow: member.snapshotWindow,
    SnapshottingClusterId: member.snapshotRetentionLimit > 0 ? member.id : undefined,
    ...accessView(group.access),
    UserGroupIds: group.access?.userGroupIds,
    AtRestEncryptionEnabled: group.atRestEncryption,
    KmsKeyId: group.kmsKeyId,
    LogDeliveryConfigurations: [],
    ReplicationGroupCreateTime: new Date(group.createdAtMs),
    DataTiering: "disabled",
    AutoMinorVersionUpgrade: member.autoMinorVersionUpgrade,
    NetworkType: "ipv4",
    IpDiscovery: "ipv4",
  };
}

function nodeGroupView(group: ReplicationGroupRecord, member: CacheClusterRecord): NodeGroup {
  const endpoint = endpointView(member);
  return {
    NodeGroupId: "0001",
    Status: group.status,
    PrimaryEndpoint: endpoint,
    ReaderEndpoint: endpoint,
    NodeGroupMembers: [
      {
        CacheClusterId: member.id,
        CacheNodeId: onlyNodeId,
        ReadEndpoint: endpoint,
        PreferredAvailabilityZone: member.availabilityZone,
        CurrentRole: "primary",
      },
    ],
  };
}
