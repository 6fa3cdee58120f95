import type { CacheEngine } from "../backend/backend.ts";
import type { Scope } from "../scope.ts";
import type { GroupTransition, StoredBytes, Transition } from "./transition-records.ts";

/** `CacheClusterStatus` of AWS. */
export type CacheClusterStatus =
  | "creating"
  | "available"
  | "modifying"
  | "rebooting cache cluster nodes"
  | "snapshotting"
  | "deleting"
  | "incompatible-network"
  | "incompatible-parameters"
  | "restore-failed";

/** `Status` of a replication group. */
export type ReplicationGroupStatus =
  | "creating"
  | "available"
  | "modifying"
  | "snapshotting"
  | "deleting"
  | "create-failed";

/** What decides the engine process of a node, beside its parameter group's values. */
export interface EngineSettings {
  readonly engine: CacheEngine;
  readonly engineVersion: string;
  readonly nodeType: string;
  readonly parameterGroup: string;
}

/** Who may connect to the engines of a replication group or of a standalone cluster, and how. */
export interface AccessSettings {
  /** Absent: connections are in clear. */
  readonly transitEncryption?: "required" | "preferred";
  /** Hashes of the AUTH tokens that are valid, the newest last; two during a rotation. */
  readonly authTokens?: readonly string[];
  /** A rotation that began without a token: until it is set, connections without one are served too. */
  readonly authTokenOptional?: true;
  readonly authTokenModifiedAtMs?: number;
  readonly userGroupIds?: readonly string[];
}

/** A node of a memcached cluster. */
export interface CacheNodeRecord {
  /** Four digits, from `0001`. Those of removed nodes are given again. */
  readonly id: string;
  readonly nodeKey: string;
  readonly status: "creating" | "available" | "rebooting cache cluster nodes" | "modifying" | "deleting";
  readonly availabilityZone: string;
  readonly parameterStatus: "in-sync" | "applying" | "pending-reboot";
  readonly createdAtMs: number;
  /** Set by the first start, kept until the node is gone. */
  readonly endpoint?: { readonly address: string; readonly port: number };
  /** What runs the node: a Pod's name. */
  readonly instance?: string;
}

/** A change of how many nodes a memcached cluster has. */
export interface NodeCountChange {
  /** How many there are afterwards. */
  readonly count: number;
  /** Ids of those that go. */
  readonly removing: readonly string[];
  /** Where the new ones are, in their order. */
  readonly zones: readonly string[];
  /** Node keys of the new ones, from when they are in the record: also a process that finds some of them serving takes all back when one fails. */
  readonly adding?: readonly string[];
}

/** A cache cluster: one node, standalone or member of a replication group, or memcached with its nodes. */
export interface CacheClusterRecord extends Scope, EngineSettings {
  readonly id: string;
  readonly status: CacheClusterStatus;
  readonly transition?: Transition;
  /**
   * The backend's name of the node and what it was made for; it does not change when the cluster leaves its group. Of memcached it is what
   * serves the configuration endpoint.
   */
  readonly node: {
    readonly nodeKey: string;
    readonly resourceType: "cluster" | "replication-group";
    readonly resourceId: string;
  };
  readonly port: number;
  /** `applying` is owned by the task that applies the group's values. */
  readonly parameterStatus: "in-sync" | "applying" | "pending-reboot";
  /** Engine settings that wait for the maintenance window, or are being applied by a `modify`. */
  readonly pending?: Partial<EngineSettings>;
  /** Of memcached: the nodes, by id. */
  readonly cacheNodes?: readonly CacheNodeRecord[];
  /** Of memcached: counts the changes of the list of nodes that clients with auto discovery are told. */
  readonly configurationVersion?: number;
  /** Nodes that are to come or go: they wait like `pending`. */
  readonly pendingNodes?: NodeCountChange;
  readonly subnetGroup: string;
  readonly availabilityZone: string;
  readonly maintenanceWindow: string;
  /** Absent for memcached. */
  readonly snapshotWindow?: string;
  /** Days. 0: no automatic snapshots. */
  readonly snapshotRetentionLimit: number;
  readonly securityGroupIds: readonly string[];
  readonly autoMinorVersionUpgrade: boolean;
  /** What the group said: the volumes below are the Kubernetes cluster's. */
  readonly atRestEncryption?: boolean;
  readonly createdAtMs: number;
  /** Set by the first start, kept until the cluster is gone. */
  readonly endpoint?: { readonly address: string; readonly port: number };
  /** What runs the node: a Pod's name. */
  readonly instance?: string;
  readonly replicationGroupId?: string;
  /** Of a member of a group in cluster mode. */
  readonly clusterEnabled?: true;
  /** Of a standalone cluster; a member has its group's. */
  readonly access?: AccessSettings;
  /** What is being brought to the engine; one that starts meanwhile has it already. */
  readonly pendingAccess?: AccessSettings;
  /** When the last automatic snapshot began, so that a window is used once. */
  readonly lastAutomaticSnapshotAtMs?: number;
  /** When the manual snapshots of the last day began: their number is limited. */
  readonly manualSnapshotsAtMs?: readonly number[];
}

/** A node group: a primary and its replicas. */
export interface ShardRecord {
  /** `NodeGroupId`. */
  readonly id: string;
  /** Ids of the member clusters. */
  readonly memberIds: readonly string[];
  readonly primaryId: string;
  /** In cluster mode: `0-8191`. Absent there: it has none yet, and does not run. */
  readonly slots?: string;
  /** Not one that was asked for: a snapshot's data comes in it, and it goes when that has moved. */
  readonly passing?: true;
  /** Set by the first start, kept until the group is gone. */
  readonly primaryEndpoint?: { readonly address: string; readonly port: number };
  readonly readerEndpoint?: { readonly address: string; readonly port: number };
}

/** A replication group. Its members are cache clusters; engine and windows are those of its primary. */
export interface ReplicationGroupRecord extends Scope {
  readonly id: string;
  /** The backend's name of the group. */
  readonly groupKey: string;
  readonly description: string;
  readonly status: ReplicationGroupStatus;
  readonly transition?: GroupTransition;
  readonly shards: readonly ShardRecord[];
  /** Cluster mode: the shards have slots. */
  readonly clusterEnabled?: true;
  /** In cluster mode: set by the first start, kept until the group is gone. */
  readonly configurationEndpoint?: { readonly address: string; readonly port: number };
  readonly automaticFailover: boolean;
  readonly multiAz: boolean;
  /** The member that automatic snapshots are taken from, when the user named one. */
  readonly snapshottingId?: string;
  readonly access?: AccessSettings;
  /** What is being brought to the engines; one that starts meanwhile has it already. */
  readonly pendingAccess?: AccessSettings;
  readonly atRestEncryption: boolean;
  readonly kmsKeyId?: string;
  readonly createdAtMs: number;
}

/** What one node gave to a snapshot: the data of a cluster, or of a shard of a group. */
export interface SnapshotPart {
  readonly clusterId: string;
  readonly nodeCreatedAtMs: number;
  /** What ran the node when the snapshot began: another one may have other data, or none. */
  readonly instance?: string;
  /** Absent for a cluster on its own. */
  readonly shard?: SnapshotShard;
  /** Present once the bytes are stored. Copies name the same bytes. */
  readonly bytes?: StoredBytes;
  readonly storedAtMs?: number;
}

/** What a shard was when its snapshot was taken. */
export interface SnapshotShard {
  /** `NodeGroupId`. */
  readonly id: string;
  /** In cluster mode: `0-8191`. */
  readonly slots?: string;
  /** Zone of the primary first. */
  readonly zones: readonly string[];
}

export interface SnapshotRecord extends Scope, EngineSettings {
  readonly id: string;
  readonly status: "creating" | "available" | "exporting" | "failed";
  readonly source: "manual" | "automated";
  /** While it is being exported: where to. */
  readonly target?: { readonly bucket: string; readonly name: string };
  /** One of a cluster; one per shard of a group, in the order of the shards. */
  readonly parts: readonly SnapshotPart[];
  /** The cluster, or of a group the member of the first shard, that gave the data. */
  readonly clusterId: string;
  readonly replicationGroupId?: string;
  readonly replicationGroupDescription?: string;
  /** Of the group. */
  readonly automaticFailover?: boolean;
  readonly port: number;
  readonly subnetGroup: string;
  readonly availabilityZone: string;
  readonly maintenanceWindow: string;
  readonly snapshotWindow?: string;
  readonly snapshotRetentionLimit: number;
  readonly autoMinorVersionUpgrade: boolean;
  readonly clusterCreatedAtMs: number;
  readonly kmsKeyId?: string;
  readonly createdAtMs: number;
}

export interface ParameterGroupRecord extends Scope {
  readonly id: string;
  readonly family: string;
  readonly description: string;
  /** What the user changed; everything else has the family's default. */
  readonly values: Readonly<Record<string, string>>;
}

export interface SubnetGroupRecord extends Scope {
  readonly id: string;
  readonly description: string;
  readonly subnetIds: readonly string[];
}

/** A user of engines. Its passwords are only ever their hashes. */
export interface UserRecord extends Scope {
  readonly id: string;
  /** The name that AUTH uses. */
  readonly name: string;
  readonly engine: "redis" | "valkey";
  readonly status: "active" | "modifying" | "deleting";
  readonly accessString: string;
  readonly authentication: "password" | "no-password" | "iam";
  /** SHA-256, lower-case hexadecimal; one or two for `password`, else none. */
  readonly passwordHashes: readonly string[];
}

export interface UserGroupRecord extends Scope {
  readonly id: string;
  readonly engine: "redis" | "valkey";
  readonly status: "creating" | "active" | "modifying" | "deleting";
  readonly userIds: readonly string[];
  /** What a `modifying` group becomes: engines that start meanwhile have it already. */
  readonly pending?: { readonly engine: "redis" | "valkey"; readonly userIds: readonly string[] };
}

export interface TagsRecord extends Scope {
  /** `<kind>:<id>`. */
  readonly id: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

export type EventSource =
  | "cache-cluster"
  | "replication-group"
  | "serverless-cache"
  | "serverless-cache-snapshot"
  | "cache-parameter-group"
  | "cache-subnet-group"
  | "user"
  | "user-group";

export interface EventRecord extends Scope {
  /** Sorts by time. */
  readonly id: string;
  readonly source: EventSource;
  readonly sourceId: string;
  readonly message: string;
  readonly atMs: number;
}
