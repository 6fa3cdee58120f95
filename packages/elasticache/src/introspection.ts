import type { Plane } from "./plane.ts";
import { memberOf } from "./replication-groups/find-group.ts";

/** `GET /_fakecloud/elasticache/*`: what there is, of all accounts and regions, in the shapes that clients of these paths know. */
export interface ElastiCacheIntrospection {
  clusters(): { readonly clusters: readonly IntrospectedCluster[] };
  replicationGroups(): { readonly replicationGroups: readonly IntrospectedReplicationGroup[] };
  serverlessCaches(): { readonly serverlessCaches: readonly never[] };
  acls(): { readonly acls: readonly never[] };
}

export interface IntrospectedCluster {
  readonly cacheClusterId: string;
  readonly account: string;
  readonly region: string;
  readonly cacheClusterStatus: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly cacheNodeType: string;
  readonly numCacheNodes: number;
  readonly replicationGroupId: string | null;
  /** What clients connect to: 0 until there is an endpoint. */
  readonly port: number;
  readonly hostPort: number;
  readonly address: string | null;
  /** What runs the node: a Pod's name. */
  readonly containerId: string | null;
}

export interface IntrospectedReplicationGroup {
  readonly replicationGroupId: string;
  readonly account: string;
  readonly region: string;
  readonly status: string;
  readonly description: string;
  readonly memberClusters: readonly string[];
  readonly automaticFailover: boolean;
  readonly multiAz: boolean;
  readonly engine: string;
  readonly engineVersion: string;
  readonly cacheNodeType: string;
  readonly numCacheClusters: number;
}

export function createIntrospection(plane: Plane): ElastiCacheIntrospection {
  return {
    clusters: () => ({
      clusters: plane.state.clusters.all().map((cluster) => ({
        cacheClusterId: cluster.id,
        account: cluster.account,
        region: cluster.region,
        cacheClusterStatus: cluster.status,
        engine: cluster.engine,
        engineVersion: cluster.engineVersion,
        cacheNodeType: cluster.nodeType,
        numCacheNodes: 1,
        replicationGroupId: cluster.replicationGroupId ?? null,
        port: cluster.endpoint?.port ?? 0,
        hostPort: cluster.endpoint?.port ?? 0,
        address: cluster.endpoint?.address ?? null,
        containerId: cluster.instance ?? null,
      })),
    }),
    replicationGroups: () => ({
      replicationGroups: plane.state.groups.all().map((group) => {
        const member = memberOf(plane, group);
        return {
          replicationGroupId: group.id,
          account: group.account,
          region: group.region,
          status: group.status,
          description: group.description,
          memberClusters: [member.id],
          automaticFailover: false,
          multiAz: false,
          engine: member.engine,
          engineVersion: member.engineVersion,
          cacheNodeType: member.nodeType,
          numCacheClusters: 1,
        };
      }),
    }),
    serverlessCaches: () => ({ serverlessCaches: [] }),
    acls: () => ({ acls: [] }),
  };
}
