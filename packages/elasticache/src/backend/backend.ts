import type { BlobRef, BlobStore } from "@fc/core";

/** The engines of ElastiCache. */
export type CacheEngine = "redis" | "valkey" | "memcached";

/** A cache node as a backend must make it: complete, validated, the same at every start. */
export interface CacheNodeSpec {
  /** Unique for ever: made from account, region, resource type, id and incarnation by the control plane. */
  readonly nodeKey: string;
  readonly account: string;
  readonly region: string;
  readonly resourceType: "cluster" | "replication-group" | "serverless-cache";
  /** The user's identifier, lower-case. */
  readonly resourceId: string;
  /** Of one of several nodes of the resource: what tells it from the others, for names that people read. */
  readonly memberId?: string;
  /** Four digits, from `0001`. */
  readonly nodeId: string;
  /**
   * Not an engine, but the configuration endpoint of a memcached cluster: it answers `config get cluster` with these nodes, and has one of
   * them answer everything else. Another list comes with a reboot.
   */
  readonly discovers?: CacheDiscovery;
  readonly engine: CacheEngine;
  /** `7.1`, `8.0`, `1.6.22`… */
  readonly engineVersion: string;
  /** `cache.t3.micro`… */
  readonly nodeType: string;
  readonly port: number;
  /** A second port of the same address, for readers. Absent: there is none. */
  readonly readerPort?: number;
  /** Engine parameters by their ElastiCache names, as the parameter group gives them; AWS-only names are the backend's to translate or skip. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Who may connect, and how. Absent: everybody, in clear. */
  readonly access?: CacheAccess;
  /** Whether the engine runs in cluster mode: it serves the hash slots of its shard only, and sends clients to the others. */
  readonly clusterEnabled?: boolean;
}

/** The nodes of a memcached cluster, as clients with auto discovery are told of them. */
export interface CacheDiscovery {
  /** Grows with every change of the list. */
  readonly version: number;
  /** Node keys. The nodes have been started. */
  readonly nodes: readonly string[];
}

/** What stands between a client and the engine of a node. */
export interface CacheAccess {
  /** Encryption of connections: `required` takes no others, `preferred` takes both. Absent: in clear. */
  readonly tls?: "required" | "preferred";
  /**
   * The engine's users: whoever is not listed, `default` included, cannot connect. Absent: everybody is `default`, without a password.
   * Whatever their rules say, customers are kept from what AWS restricts.
   */
  readonly users?: readonly CacheUser[];
}

/** A user of redis or valkey. Secrets are hashes only; they are still not for logs or for objects that everybody reads. */
export interface CacheUser {
  /** The name that AUTH uses. */
  readonly name: string;
  /** ACL rules without passwords, checked: `on ~app:* +@read`. */
  readonly rules: string;
  /** SHA-256, lower-case hexadecimal. Any of them opens. */
  readonly passwordHashes: readonly string[];
  /** Whether no password is asked for. */
  readonly open: boolean;
  /**
   * Whether the user's password is a signed token that the server judges: over an encrypted connection only, and for no longer than
   * twelve hours each. A backend that has no way to ask it lets such a user in by nothing.
   */
  readonly iam?: boolean;
}

/** One node group: a primary and its replicas. */
export interface CacheShardSpec {
  /** `NodeGroupId`: four digits, from `0001`. */
  readonly shardId: string;
  /** In cluster mode, the hash slots of the shard: `0-5461`, `0-99,200`. Those of all shards are 0 to 16383, each once. Absent: not in cluster mode. */
  readonly slots?: string;
  /** The first one is the primary of a new shard; which one is later is the backend's to say. */
  readonly nodes: readonly CacheNodeSpec[];
}

/** A replication group as a backend must make it. */
export interface CacheGroupSpec {
  /** Unique for ever, like a node key, and different from every one. */
  readonly groupKey: string;
  /** The user's identifier, lower-case. */
  readonly groupId: string;
  /** Whether a replica becomes the primary when that is lost. Otherwise the primary is made anew, with a replica's data. */
  readonly automaticFailover: boolean;
  readonly shards: readonly CacheShardSpec[];
}

/** How long a call may take that may make an engine. */
export interface CacheCallOptions {
  readonly signal: AbortSignal;
  /**
   * To be called again and again while the call is held up by what goes forward and takes the time that it takes, as the pull of an
   * image: each time the call has its whole time anew. Absent: nobody limits it.
   */
  readonly onProgress?: (() => void) | undefined;
}

/**
 * Runs cache nodes. Every method may be called again with the same node: what is already so stays so.
 * @throws CacheBackendError from every method.
 */
export interface CacheBackend extends AsyncDisposable {
  readonly specificationVersion: "v1";
  /** For people and introspection: `kubernetes`. */
  readonly name: string;
  /** Whether groups can be in cluster mode: their shards have slots then. Absent: requests for it are refused. */
  readonly clusterMode?: boolean;
  /**
   * Makes the node, or adopts it when it runs already, and resolves once the engine answers (PONG, or memcached's version).
   * With `restore`, the engine starts with that snapshot's data. When it rejects, nothing of a new node is left.
   */
  start(spec: CacheNodeSpec, options: CacheCallOptions & { readonly restore?: BlobRef }): Promise<CacheNodeStatus>;
  /**
   * Makes the group so: starts or adopts its nodes, attaches every replica to its shard's primary, and resolves once all of them
   * answer and every replica's link is up. What was a member and is not in `spec` is detached and goes on running alone. With
   * `restore`, the data of new shards by shard id. When it rejects, nothing of its new nodes is left.
   *
   * In cluster mode every node knows every other one, and each shard serves its slots: those of another shard than before move there
   * with their keys while clients go on, also away from shards that are not in `spec` any more. `restore` has keys of the shard's slots only.
   * When it rejects while slots move, none is without a shard, and a further call goes on.
   */
  startGroup(
    spec: CacheGroupSpec,
    options: CacheCallOptions & { readonly restore?: Readonly<Record<string, BlobRef>> },
  ): Promise<CacheGroupStatus>;
  /** Makes a replica the primary of its shard: writes wait until it has them all, then they go to it. A failure leaves the old one. */
  failover(spec: CacheGroupSpec, options: CacheCallOptions & { readonly nodeKey: string }): Promise<CacheGroupStatus>;
  /** Removes the group's endpoints and forgets its roles; absent is fine. The nodes stay as they are: `delete` removes them. */
  deleteGroup(groupKey: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** A new engine process behind the same endpoint: redis and valkey keep their data, memcached starts empty. A failure leaves the old one serving. */
  reboot(spec: CacheNodeSpec, options: CacheCallOptions): Promise<CacheNodeStatus>;
  /**
   * Applies changed parameters to the running engine; resolves with the names that only a reboot applies. `atReboot` are those that AWS
   * takes up at a reboot only, whatever the engine could do.
   */
  applyParameters(
    spec: CacheNodeSpec,
    options: { readonly signal: AbortSignal; readonly atReboot?: readonly string[] },
  ): Promise<{ readonly pendingReboot: readonly string[] }>;
  /** Brings changed users to the running engine, without a restart: connections that may stay are not closed. TLS changes by a reboot. */
  applyAccess(spec: CacheNodeSpec, options: CacheCallOptions): Promise<void>;
  /** The certificate, PEM, that vouches for every node whose connections are encrypted: for clients to trust. */
  certificateAuthority?(): Promise<string>;
  /** Streams the node's data set as RDB into the blob store, verified. Memcached: `FC_CACHE_SNAPSHOT_UNSUPPORTED`. */
  snapshot(spec: CacheNodeSpec, options: { readonly signal: AbortSignal }): Promise<BlobRef>;
  /** Removes the node and its endpoint; absent is fine; resolves when it is gone. */
  delete(nodeKey: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Reports what happens to nodes on their own: lost, replaced. The returned function unsubscribes. */
  onEvent(listener: (event: CacheNodeEvent) => void): () => void;
  /**
   * Called once at start, before nodes are started or adopted: from then on the backend removes nodes that a former process left and
   * `isKnown` says no of, such as one whose deletion a crash cut off. Groups count by their group key. Not having it means that
   * nothing outlives the process.
   */
  keepOnly?(isKnown: (key: string) => boolean): void;
  /** Removes what dead processes left behind; resolves with how many nodes that were. */
  reapStale(): Promise<number>;
  health(): Promise<{ readonly ready: boolean; readonly detail: string }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CacheNodeStatus {
  /** What clients connect to: it stays the same until {@link CacheBackend.delete}. */
  readonly endpoint: { readonly address: string; readonly port: number };
  /** What runs the node now, for introspection: a Pod's name. */
  readonly instance: string;
}

/** Where a shard's clients connect to, and who serves its writes. */
export interface CacheShardStatus {
  readonly shardId: string;
  /** Node key of the primary. */
  readonly primary: string;
  /** Leads to the primary, whichever node that is. */
  readonly primaryEndpoint: CacheNodeStatus["endpoint"];
  /** Leads to the replicas, or to the primary when there is none. */
  readonly readerEndpoint: CacheNodeStatus["endpoint"];
}

export interface CacheGroupStatus {
  readonly shards: readonly CacheShardStatus[];
  /** In cluster mode: leads to any of the nodes, and stays the same. */
  readonly configurationEndpoint?: CacheNodeStatus["endpoint"];
  /** By node key. */
  readonly nodes: Readonly<Record<string, CacheNodeStatus>>;
}

export interface CacheNodeEvent {
  readonly nodeKey: string;
  /**
   * `lost`: the engine is gone and being replaced; `recovered`: it answers again, empty unless `dataKept`; `promoted`: the node has
   * become its shard's primary on its own.
   */
  readonly type: "lost" | "recovered" | "failed" | "promoted";
  readonly message: string;
  readonly dataKept?: boolean;
}

/** What a backend is given at construction by the server, beside its own options. */
export interface CacheBackendServices {
  readonly blobs: BlobStore;
}
