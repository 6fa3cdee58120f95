import { totalmem } from "node:os";
import { join } from "node:path";
import type { Clock, Logger } from "@fc/core";
import { K8sClient, type K8sEnvironment, type RequestObserver } from "@fc/k8s";
import type { LocalCluster } from "@fc/local-cluster";
import type { ServerSettings } from "../settings.ts";
import type { Disposal } from "./disposal.ts";

const overcommit = 16;

export interface ClusterOptions {
  readonly settings: ServerSettings;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the embedded cluster's Pods. */
  readonly directory: string;
  /** Owner of what outlives the process; undefined with memory storage. */
  readonly installationId: string | undefined;
  /** Counts requests to the clusters. Default: nobody does. */
  readonly observer?: RequestObserver | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The embedded cluster with a client on it. From here on nothing knows that it is not a real one. */
export async function openLocalCluster(
  options: ClusterOptions,
  disposal: Disposal,
): Promise<{ cluster: LocalCluster; client: K8sClient }> {
  // Loaded on use: who runs on a real cluster does not pay for the embedded one.
  const { startLocalCluster } = await import("@fc/local-cluster");
  const cluster = disposal.use(
    await startLocalCluster({
      dataDirectory: join(options.directory, "cluster"),
      isolation: options.settings.isolation,
      // Functions and caches use a small part of the memory that they ask for, and each is held to its limit: a laptop runs many more
      // of them, and larger ones, than a scheduler would place that keeps all of it free.
      capacity: { memoryBytes: overcommit * totalmem() },
      logger: options.logger,
      clock: options.clock,
    }),
  );
  const client = disposal.use(
    await K8sClient.connect({
      kubeconfig: cluster.kubeconfigPath,
      namespace: "default",
      // It is ours alone: there is nobody to be protected from us.
      rateLimit: { perSecond: Number.POSITIVE_INFINITY },
      // The embedded cluster is told apart by its kubeconfig alone, never by the surroundings of the process.
      environment: {},
      ...(options.installationId === undefined ? {} : { installationId: options.installationId }),
      observer: options.observer,
      logger: options.logger,
      clock: options.clock,
    }),
  );
  return { cluster, client };
}

/** A client on the cluster of the own Pod or of the kubeconfig. */
export async function openRealCluster(
  options: ClusterOptions,
  k8s: K8sEnvironment,
  disposal: Disposal,
): Promise<K8sClient> {
  return disposal.use(
    await K8sClient.connect({
      namespace: k8s.namespace,
      environment: options.environment,
      // Inside the grace of a stop, also when Pods of a lost node cannot go.
      closeTimeoutMs: 10_000,
      ...(options.installationId === undefined ? {} : { installationId: options.installationId }),
      observer: options.observer,
      logger: options.logger,
      clock: options.clock,
    }),
  );
}
