import type { Plane } from "./plane.ts";
import { memberIdsOf, membersOfShard, primaryOf } from "./replication-groups/find-group.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "./state/records.ts";
import { findUser } from "./users/find-user.ts";

/** `GET /_fakecloud/elasticache/*`: what there is, of all accounts and regions, in the shapes that clients of these paths know. */
export interface ElastiCacheIntrospection {
  clusters(): { readonly clusters: readonly IntrospectedCluster[] };
  replicationGroups(): { readonly replicationGroups: readonly IntrospectedReplicationGroup[] };
  serverlessCaches(): { readonly serverlessCaches: readonly IntrospectedServerlessCache[] };
  /** Who may connect to the engines of replication groups that have user groups. No passwords, and no hashes of them. */
  acls(): { readonly acls: readonly IntrospectedAcl[] };
  /** What clients have to trust to connect to caches with TransitEncryptionEnabled, PEM; undefined when the backend has none. */
  certificateAuthority(): Promise<string | undefined>;
}

export interface IntrospectedAcl {
  /** The replication group. */
  readonly clusterId: string;
  readonly account: string;
  readonly region: string;
  readonly engine: string;
  readonly users: readonly {
    readonly name: string;
    readonly status: string;
    readonly accessString: string;
    readonly noPasswordRequired: boolean;
    readonly passwordCount: number;
  }[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
}

/** What clients connect to. */
interface Address {
  readonly address: string;
  readonly port: number;
}

/** What runs one node, and where. */
interface IntrospectedNode {
  readonly status: string;
  readonly availabilityZone: string;
  /** Null until it has one. */
  readonly endpoint: Address | null;
  /** What runs it: a Pod's name. */
  readonly containerId: string | null;
}

/** A node group: who is the primary, who follows it. */
export interface IntrospectedShard {
  readonly shardId: string;
  /** In cluster mode: `0-8191`. */
  readonly slots: string | null;
  readonly primaryEndpoint: Address | null;
  readonly readerEndpoint: Address | null;
  readonly members: readonly (IntrospectedNode & {
    readonly cacheClusterId: string;
    readonly role: "primary" | "replica";
  })[];
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
  readonly availabilityZone: string;
  /** Of memcached: each node, whose addresses the configuration endpoint tells. */
  readonly cacheNodes?: readonly (IntrospectedNode & { readonly cacheNodeId: string })[];
}

export interface IntrospectedServerlessCache {
  readonly serverlessCacheName: string;
  readonly account: string;
  readonly region: string;
  readonly status: string;
  readonly engine: string;
  readonly engineVersion: string;
  /** There is none. */
  readonly cacheNodeType: null;
  /** What clients connect to: 0 until there is an endpoint. */
  readonly port: number;
  readonly address: string | null;
  /** What runs the engine: a Pod's name. */
  readonly containerId: string | null;
}

export interface IntrospectedReplicationGroup {
  readonly replicationGroupId: string;
  readonly account: string;
  readonly region: string;
  readonly status: string;
  readonly description: string;
  readonly memberClusters: readonly string[];
  readonly shards: readonly IntrospectedShard[];
  /** In cluster mode. */
  readonly configurationEndpoint: Address | null;
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
        numCacheNodes: cluster.cacheNodes?.length ?? 1,
        replicationGroupId: cluster.replicationGroupId ?? null,
        port: cluster.endpoint?.port ?? 0,
        hostPort: cluster.endpoint?.port ?? 0,
        address: cluster.endpoint?.address ?? null,
        containerId: cluster.instance ?? null,
        availabilityZone: cluster.availabilityZone,
        ...(cluster.cacheNodes === undefined
          ? {}
          : { cacheNodes: cluster.cacheNodes.map((node) => ({ cacheNodeId: node.id, ...nodeOf(node) })) }),
      })),
    }),
    replicationGroups: () => ({
      replicationGroups: plane.state.groups.all().map((group) => {
        const member = primaryOf(plane, group);
        return {
          replicationGroupId: group.id,
          account: group.account,
          region: group.region,
          status: group.status,
          description: group.description,
          memberClusters: memberIdsOf(group),
          shards: shardsOf(plane, group),
          configurationEndpoint: group.configurationEndpoint ?? null,
          automaticFailover: group.automaticFailover,
          multiAz: group.multiAz,
          engine: member.engine,
          engineVersion: member.engineVersion,
          cacheNodeType: member.nodeType,
          numCacheClusters: memberIdsOf(group).length,
        };
      }),
    }),
    serverlessCaches: () => ({
      serverlessCaches: plane.state.serverlessCaches.all().map((cache) => ({
        serverlessCacheName: cache.id,
        account: cache.account,
        region: cache.region,
        status: cache.status,
        engine: cache.engine,
        engineVersion: cache.engineVersion,
        cacheNodeType: null,
        port: cache.endpoint?.port ?? 0,
        address: cache.endpoint?.address ?? null,
        containerId: cache.instance ?? null,
      })),
    }),
    certificateAuthority: async () => await plane.backend.certificateAuthority?.(),
    acls: () => ({
      acls: plane.state.groups
        .all()
        .filter((group) => group.access?.userGroupIds !== undefined)
        .map((group) => aclOf(plane, group)),
    }),
  };
}

function nodeOf({
  status,
  availabilityZone,
  endpoint,
  instance,
}: Pick<CacheClusterRecord, "availabilityZone" | "endpoint" | "instance"> & {
  readonly status: string;
}): IntrospectedNode {
  return { status, availabilityZone, endpoint: endpoint ?? null, containerId: instance ?? null };
}

function shardsOf(plane: Plane, group: ReplicationGroupRecord): IntrospectedShard[] {
  return group.shards.map((shard) => ({
    shardId: shard.id,
    slots: shard.slots ?? null,
    primaryEndpoint: shard.primaryEndpoint ?? null,
    readerEndpoint: shard.readerEndpoint ?? null,
    members: membersOfShard(plane, group, shard).map((member) => ({
      cacheClusterId: member.id,
      role: member.id === shard.primaryId ? ("primary" as const) : ("replica" as const),
      ...nodeOf(member),
    })),
  }));
}

function aclOf(plane: Plane, group: ReplicationGroupRecord): IntrospectedAcl {
  const { state } = plane;
  const groups = (group.access?.userGroupIds ?? []).flatMap((id) => state.userGroups.get(group, id) ?? []);
  const users = [...new Set(groups.flatMap(({ userIds }) => userIds))].flatMap(
    (id) => findUser(state, group, id) ?? [],
  );
  return {
    clusterId: group.id,
    account: group.account,
    region: group.region,
    engine: primaryOf(plane, group).engine,
    users: users.map((user) => ({
      name: user.name,
      status: user.status,
      accessString: user.accessString,
      noPasswordRequired: user.authentication === "no-password",
      passwordCount: user.passwordHashes.length,
    })),
    groups: groups.map(({ id, userIds }) => ({ name: id, members: userIds })),
  };
}
