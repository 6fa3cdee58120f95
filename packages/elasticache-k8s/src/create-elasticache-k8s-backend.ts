import { randomUUID } from "node:crypto";
import { type BlobStore, type Clock, errorText, type Logger, Semaphore, silentLogger, systemClock } from "@fc/core";
import type { CacheNodeEvent } from "@fc/elasticache/backend";
import { type K8sClient, K8sPodConfig } from "@fc/k8s";
import { InstallationSecrets } from "./access/installation-secrets.ts";
import { ElastiCacheK8sBackend } from "./elasticache-k8s-backend.ts";
import type { CacheImages } from "./engines/images.ts";
import { CacheGroups } from "./group/cache-group.ts";
import { ServiceRoutes } from "./node/service-route.ts";
import type { CachePersistence } from "./persistence/claims.ts";
import type { CacheResources } from "./pod/build-cache-pod.ts";
import { RdbStaging } from "./rdb/rdb-staging.ts";
import { RunningSnapshots } from "./rdb/running-snapshots.ts";

/** What the backend needs, and what may be left out. */
export interface ElastiCacheK8sOptions {
  readonly client: K8sClient;
  /** Where snapshots go and restores come from. */
  readonly blobs: BlobStore;
  /** What clients are given: the Service's stable address, or its DNS name inside the cluster. */
  readonly endpoints: "cluster-ip" | "dns";
  /** Base URL of the server as Pods reach it; below it, {@link ElastiCacheK8sBackend.stagedRdb} has to be served. */
  readonly internalUrl: string;
  /** Node selector, tolerations and annotations of every cache Pod; tags of a cache go over it. */
  readonly podConfig?: K8sPodConfig;
  /** Name of an image pull Secret. */
  readonly pullSecret?: string;
  readonly images?: CacheImages;
  readonly resources?: CacheResources;
  /** Keeps the data of redis and valkey nodes on volumes. Default: it goes with the Pods. */
  readonly persistence?: CachePersistence;
  /** Milliseconds until an engine must answer. They begin anew while its image is pulled. Default 180 000. */
  readonly startTimeoutMs?: number;
  /** How fast a snapshot is read from its engine, which goes on serving: the slower, the less its clients notice. Default: as fast as it comes. */
  readonly snapshotBytesPerSecond?: number;
  /** How many Pods are brought up at once. Default 8. */
  readonly maxConcurrentStarts?: number;
  /** Whether closing removes this installation's caches. Default false: they outlive the process. */
  readonly deleteOnClose?: boolean;
  /** Makes the part of a Pod's name that is new at each launch. Default: random. */
  readonly newId?: () => string;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** A cache backend whose nodes are Pods behind Services. Nothing is asked of the cluster until a method is called. */
export function createElastiCacheK8sBackend(options: ElastiCacheK8sOptions): ElastiCacheK8sBackend {
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const listeners = new Set<(event: CacheNodeEvent) => void>();
  const emit = (event: CacheNodeEvent): void => {
    const { nodeKey, type, message } = event;
    logger[type === "recovered" ? "info" : "warn"]({ nodeKey, type }, message);
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        logger.error({ nodeKey, error: errorText(error) }, "a listener of cache events failed");
      }
    }
  };
  const { client, blobs, endpoints, images = {}, resources = {}, pullSecret } = options;
  return new ElastiCacheK8sBackend(
    {
      client,
      blobs,
      endpoints,
      images,
      resources,
      pullSecret,
      persistence: options.persistence,
      internalUrl: options.internalUrl.replace(/\/+$/, ""),
      podConfig: options.podConfig ?? new K8sPodConfig(),
      startTimeoutMs: options.startTimeoutMs ?? 180_000,
      snapshotBytesPerSecond: options.snapshotBytesPerSecond,
      installation: client.installationId,
      staging: new RdbStaging(),
      snapshots: new RunningSnapshots(),
      launches: new Semaphore(options.maxConcurrentStarts ?? 8),
      routes: new ServiceRoutes(),
      secrets: new InstallationSecrets(client, clock),
      nodes: new Map(),
      groups: new CacheGroups(),
      launching: new Set(),
      newId: options.newId ?? randomUUID,
      clock,
      logger,
      emit,
    },
    { deleteOnClose: options.deleteOnClose ?? false, listeners },
  );
}
