import { accessView, pendingAccessView } from "../access/access-view.ts";
import { reportedVersion } from "../engines/versions.ts";
import type { CacheCluster, CacheNode, Endpoint, PendingModifiedValues } from "../model.generated.ts";
import { arnOf } from "../scope.ts";
import type { AccessSettings, CacheClusterRecord } from "../state/records.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";

/** A cluster in AWS's shape. Endpoints are there from the first `available` on. */
export function clusterView(
  cluster: CacheClusterRecord,
  options: { readonly nodes?: boolean; readonly access?: AccessSettings } = {},
): CacheCluster {
  return {
    ...engineView(cluster),
    CacheClusterId: cluster.id,
    ARN: arnOf(cluster, "cluster", cluster.id),
    CacheClusterStatus: cluster.status,
    ClientDownloadLandingPage: `https://console.aws.amazon.com/elasticache/home?region=${cluster.region}#client-download:`,
    ConfigurationEndpoint: cluster.engine === "memcached" ? endpointView(cluster.endpoint) : undefined,
    CacheNodes: options.nodes === true ? nodeViews(cluster) : undefined,
    CacheClusterCreateTime: new Date(cluster.createdAtMs),
    PreferredAvailabilityZone: zoneView(cluster),
    PreferredMaintenanceWindow: cluster.maintenanceWindow,
    SnapshotWindow: cluster.snapshotWindow,
    SnapshotRetentionLimit: cluster.engine === "memcached" ? undefined : cluster.snapshotRetentionLimit,
    CacheSubnetGroupName: cluster.subnetGroup,
    CacheSecurityGroups: [],
    SecurityGroups: cluster.securityGroupIds.map((id) => ({ SecurityGroupId: id, Status: "active" })),
    ReplicationGroupId: cluster.replicationGroupId,
    AutoMinorVersionUpgrade: cluster.autoMinorVersionUpgrade,
    ...accessView(options.access ?? cluster.access),
    AtRestEncryptionEnabled: cluster.atRestEncryption === true,
    ReplicationGroupLogDeliveryEnabled: false,
    LogDeliveryConfigurations: [],
    NetworkType: "ipv4",
    IpDiscovery: "ipv4",
  };
}

function engineView(cluster: CacheClusterRecord): CacheCluster {
  return {
    Engine: cluster.engine,
    EngineVersion: reportedVersion(cluster),
    CacheNodeType: cluster.nodeType,
    NumCacheNodes: servingNodes(cluster),
    PendingModifiedValues: pendingView(cluster),
    CacheParameterGroup: {
      CacheParameterGroupName: cluster.parameterGroup,
      ParameterApplyStatus: cluster.parameterStatus,
      CacheNodeIdsToReboot: idsToReboot(cluster),
    },
  };
}

/** Nodes that a modification adds count when they serve; those that a creation makes count at once. */
function servingNodes({ cacheNodes, status }: CacheClusterRecord): number {
  if (cacheNodes === undefined) return 1;
  return status === "modifying" ? cacheNodes.filter((node) => node.status !== "creating").length : cacheNodes.length;
}

function idsToReboot({ cacheNodes, parameterStatus }: CacheClusterRecord): string[] {
  if (cacheNodes === undefined) return parameterStatus === "pending-reboot" ? [onlyNodeId] : [];
  return cacheNodes.filter((node) => node.parameterStatus === "pending-reboot").map(({ id }) => id);
}

function zoneView({ cacheNodes = [], availabilityZone }: CacheClusterRecord): string {
  return new Set(cacheNodes.map((node) => node.availabilityZone)).size > 1 ? "Multiple" : availabilityZone;
}

function pendingView({
  pending,
  pendingNodes,
  engineVersion,
  nodeType,
  ...cluster
}: CacheClusterRecord): PendingModifiedValues {
  return {
    NumCacheNodes: pendingNodes?.count,
    CacheNodeIdsToRemove: pendingNodes === undefined ? undefined : [...pendingNodes.removing],
    AuthTokenStatus: pendingAccessView(cluster.access, cluster.pendingAccess).AuthTokenStatus,
    EngineVersion: pending?.engineVersion === engineVersion ? undefined : pending?.engineVersion,
    CacheNodeType: pending?.nodeType === nodeType ? undefined : pending?.nodeType,
  };
}

/** What clients connect to, in AWS's shape; undefined before there is something. */
export function endpointView(endpoint: CacheClusterRecord["endpoint"]): Endpoint | undefined {
  return endpoint === undefined ? undefined : { Address: endpoint.address, Port: endpoint.port };
}

function nodeViews(cluster: CacheClusterRecord): CacheNode[] {
  const { cacheNodes, status } = cluster;
  if (cacheNodes === undefined) return [nodeView(cluster)];
  return cacheNodes.map((node) => ({
    CacheNodeId: node.id,
    // What is done to all of them at once says the cluster.
    CacheNodeStatus:
      status === "available" || status === "modifying" || status.startsWith("reboot") ? node.status : status,
    CacheNodeCreateTime: new Date(node.createdAtMs),
    Endpoint: endpointView(node.endpoint),
    ParameterGroupStatus: node.parameterStatus,
    CustomerAvailabilityZone: node.availabilityZone,
  }));
}

function nodeView(cluster: CacheClusterRecord): CacheNode {
  return {
    CacheNodeId: onlyNodeId,
    CacheNodeStatus: cluster.status,
    CacheNodeCreateTime: new Date(cluster.createdAtMs),
    Endpoint: endpointView(cluster.endpoint),
    ParameterGroupStatus: cluster.parameterStatus,
    CustomerAvailabilityZone: cluster.availabilityZone,
  };
}
