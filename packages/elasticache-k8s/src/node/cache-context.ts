import type { BlobStore, Clock, Logger, Semaphore } from "@fc/core";
import type { CacheNodeEvent } from "@fc/elasticache/backend";
import type { K8sClient, K8sPodConfig } from "@fc/k8s";
import type { InstallationSecrets } from "../access/installation-secrets.ts";
import type { CacheImages } from "../engines/images.ts";
import type { CacheGroups } from "../group/cache-group.ts";
import type { CachePersistence } from "../persistence/claims.ts";
import type { CacheResources } from "../pod/build-cache-pod.ts";
import type { RdbStaging } from "../rdb/rdb-staging.ts";
import type { RunningSnapshots } from "../rdb/running-snapshots.ts";
import type { CacheNode } from "./cache-node.ts";
import type { ServiceRoutes } from "./service-route.ts";

/** What everything that works on cache nodes shares. */
export interface CacheContext {
  readonly client: K8sClient;
  readonly blobs: BlobStore;
  readonly staging: RdbStaging;
  readonly endpoints: "cluster-ip" | "dns";
  /** Base of the restore step's download, as Pods reach the server; no slash at the end. */
  readonly internalUrl: string;
  readonly podConfig: K8sPodConfig;
  readonly pullSecret: string | undefined;
  readonly images: CacheImages;
  readonly resources: CacheResources;
  /** Absent: data goes with its Pods. */
  readonly persistence: CachePersistence | undefined;
  readonly startTimeoutMs: number;
  /** How fast a snapshot is read from its engine, which goes on serving; absent: as fast as it comes. */
  readonly snapshotBytesPerSecond: number | undefined;
  readonly snapshots: RunningSnapshots;
  /** Value of the label `fakecloud-installation` on what this installation owns. */
  readonly installation: string;
  /** Limits how many Pods are brought up at once. */
  readonly launches: Semaphore;
  readonly routes: ServiceRoutes;
  /** Certificate authority and admin passwords. */
  readonly secrets: InstallationSecrets;
  /** The nodes that this process works with, by node key. */
  readonly nodes: Map<string, CacheNode>;
  readonly groups: CacheGroups;
  /** Names of the Pods that are being brought up: their restore Secrets are in use. */
  readonly launching: Set<string>;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly emit: (event: CacheNodeEvent) => void;
}
