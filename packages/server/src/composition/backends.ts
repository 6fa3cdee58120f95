import type { BlobStore } from "@fc/core";
import type { CacheBackend } from "@fc/elasticache/backend";
import { createElastiCacheK8sBackend, imageFor } from "@fc/elasticache-k8s";
import { type K8sClient, K8sEnv, K8sPodConfig } from "@fc/k8s";
import type { LambdaBackend } from "@fc/lambda/backend";
import type { RuntimeApi } from "@fc/lambda/runtime-api";
import { createLambdaK8sBackend, type Registry } from "@fc/lambda-k8s";
import type { LocalCluster } from "@fc/local-cluster";
import { urlOf } from "../http/url-of.ts";
import type { AllSettings } from "../read-all-settings.ts";
import { cacheOptions } from "./cache-options.ts";
import { type BackendChoice, chooseBackend } from "./choose-backend.ts";
import { type ClusterOptions, openLocalCluster, openRealCluster } from "./clusters.ts";
import type { Disposal } from "./disposal.ts";
import { listenerNeeded } from "./listener-needed.ts";
import { type BackendContext, loadBackendModule } from "./load-backend-module.ts";
import { PodReachWatch } from "./pod-reach-watch.ts";
import { requireEncryptedSelf } from "./require-encrypted-self.ts";

export interface BackendOptions extends ClusterOptions {
  readonly all: AllSettings;
  /** The code of functions. */
  readonly blobs: BlobStore;
  /** The bytes of cache snapshots. */
  readonly snapshots: BlobStore;
  readonly runtimeApi: RuntimeApi;
  /** Port of the AWS endpoint, bound already; undefined when it has none. */
  readonly port: number | undefined;
  /** Opens the listener for Pods and gives its port; called only when Pods cannot use the AWS endpoint's. */
  readonly openInternalListener: () => Promise<number>;
}

export interface Backends {
  readonly lambda: LambdaBackend;
  readonly elasticache: CacheBackend;
  readonly stagedRdb: ((id: string, token: string) => AsyncIterable<Uint8Array> | undefined) | undefined;
  readonly iamPassword: ((nodeKey: string, token: string) => Promise<string | undefined>) | undefined;
  /** The embedded cluster, when a service runs on it. */
  readonly localCluster: LocalCluster | undefined;
  /** Whether Pods reach this server, where that is not a matter of course. */
  readonly podReach: Pick<PodReachWatch, "problem"> | undefined;
}

/** A cluster with the addresses by which its Pods reach this server. */
interface Ground {
  readonly client: K8sClient;
  readonly runtimeApiAddress: { readonly host: string; readonly port: number };
  readonly awsEndpointUrl: string;
  readonly internalUrl: string;
  readonly pullSecret: string | undefined;
  /** The registry that stands in for ECR, where the settings name one. */
  readonly ecr?: Registry | undefined;
  readonly podReach?: PodReachWatch | undefined;
}

/** Opens the clusters that the settings ask for, each once, and the backends on them. Everything opened is in `disposal`. */
export async function openBackends(options: BackendOptions, disposal: Disposal): Promise<Backends> {
  const choices = [chooseBackend("lambda", options.settings), chooseBackend("elasticache", options.settings)] as const;
  const needs = (kind: BackendChoice["kind"]): boolean => choices.some((choice) => choice.kind === kind);
  const local = needs("local") ? await openLocalGround(options, disposal) : undefined;
  const real = needs("k8s") ? await openRealGround(options, disposal) : undefined;
  const groundOf = (choice: BackendChoice): Ground | undefined => (choice.kind === "local" ? local?.ground : real);
  const lambda = disposal.use(await openLambdaBackend(choices[0], groundOf(choices[0]), options));
  const cache = await openCacheBackend(choices[1], groundOf(choices[1]), options);
  disposal.use(cache.backend);
  return {
    lambda,
    elasticache: cache.backend,
    stagedRdb: cache.stagedRdb,
    iamPassword: cache.iamPassword,
    localCluster: local?.cluster,
    podReach: real?.podReach,
  };
}

async function openLocalGround(
  options: BackendOptions,
  disposal: Disposal,
): Promise<{ cluster: LocalCluster; ground: Ground }> {
  const { cluster, client } = await openLocalCluster(options, disposal);
  const host = cluster.hostAddress;
  const port = await options.openInternalListener();
  // Functions need not trust a certificate to call back from the same machine.
  const awsPort = options.settings.tlsCert === undefined ? (options.port ?? port) : port;
  const ground: Ground = {
    client,
    runtimeApiAddress: { host, port },
    awsEndpointUrl: `http://${host}:${awsPort}`,
    internalUrl: `http://${host}:${port}`,
    pullSecret: undefined,
  };
  return { cluster, ground };
}

async function openRealGround(options: BackendOptions, disposal: Disposal): Promise<Ground> {
  const { port: awsPort } = options;
  if (awsPort === undefined) throw listenerNeeded("use a real cluster: its Pods would not reach it");
  const k8s = K8sEnv.fromEnv(awsPort, options.environment);
  requireEncryptedSelf(options.settings, k8s.selfUrl);
  const client = await openRealCluster(options, k8s, disposal);
  const self = new URL(k8s.selfUrl);
  const separate = options.settings.internalAddr !== undefined;
  const ownPort = Number(self.port) || (self.protocol === "https:" ? 443 : 80);
  const port = separate ? await options.openInternalListener() : ownPort;
  const ground: Ground = {
    client,
    runtimeApiAddress: { host: k8s.selfHost, port },
    awsEndpointUrl: k8s.selfUrl,
    internalUrl: separate ? `http://${self.hostname}:${port}` : k8s.selfUrl,
    pullSecret: k8s.pullSecret,
    ecr: k8s.hasOwnEcr ? { host: k8s.ecrHost, port: k8s.ecrPort } : undefined,
  };
  // In the cluster the server has a Service; on a laptop there is nothing that could not be in the way.
  return client.inCluster ? ground : { ...ground, podReach: disposal.use(watchPodReach(ground, options, awsPort)) };
}

function watchPodReach(ground: Ground, options: BackendOptions, port: number): PodReachWatch {
  const { images } = cacheOptions(options.all.elasticacheK8s);
  const urls = [...new Set([ground.awsEndpointUrl, ground.internalUrl])].map((url) => `${url}/_fakecloud/health`);
  return new PodReachWatch({
    client: ground.client,
    probe: {
      urls,
      image: imageFor("restore", images),
      podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_K8S", options.environment),
      pullSecret: ground.pullSecret,
    },
    listens: { host: options.settings.addr.host, port },
    logger: options.logger,
  });
}

async function openLambdaBackend(
  choice: BackendChoice,
  ground: Ground | undefined,
  options: BackendOptions,
): Promise<LambdaBackend> {
  if (choice.kind === "module")
    return await loadBackendModule(choice.specifier, "createLambdaBackend", moduleContext(options));
  if (ground === undefined) throw new TypeError(`No cluster was opened for ${choice.kind}`);
  const { podReach } = ground;
  return createLambdaK8sBackend({
    client: ground.client,
    runtimeApi: options.runtimeApi,
    runtimeApiAddress: ground.runtimeApiAddress,
    awsEndpointUrl: ground.awsEndpointUrl,
    ...(options.port === undefined ? {} : { localPort: options.port }),
    podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_LAMBDA_K8S", options.environment),
    ...(ground.pullSecret === undefined ? {} : { pullSecret: ground.pullSecret }),
    ...(ground.ecr === undefined ? {} : { ecr: ground.ecr }),
    ...(podReach === undefined ? {} : { beforeLaunch: () => podReach.beforeLaunch() }),
    settings: options.all.lambdaK8s,
    logger: options.logger,
    clock: options.clock,
  });
}

async function openCacheBackend(
  choice: BackendChoice,
  ground: Ground | undefined,
  options: BackendOptions,
): Promise<{ backend: CacheBackend } & Pick<Backends, "stagedRdb" | "iamPassword">> {
  if (choice.kind === "module") {
    return {
      backend: await loadBackendModule(choice.specifier, "createCacheBackend", {
        ...moduleContext(options),
        blobs: options.snapshots,
      }),
      stagedRdb: undefined,
      iamPassword: undefined,
    };
  }
  if (ground === undefined) throw new TypeError(`No cluster was opened for ${choice.kind}`);
  const { elasticacheEndpoints } = options.settings;
  const backend = createElastiCacheK8sBackend({
    client: ground.client,
    blobs: options.snapshots,
    endpoints:
      elasticacheEndpoints === "auto" ? (ground.client.inCluster ? "dns" : "cluster-ip") : elasticacheEndpoints,
    internalUrl: ground.internalUrl,
    podConfig: K8sPodConfig.resolvedBase("FAKECLOUD_ELASTICACHE_K8S", options.environment),
    ...(ground.pullSecret === undefined ? {} : { pullSecret: ground.pullSecret }),
    ...cacheOptions(options.all.elasticacheK8s),
    // With memory storage the installation goes with the process, and its caches with it.
    deleteOnClose: options.installationId === undefined,
    logger: options.logger,
    clock: options.clock,
  });
  return {
    backend,
    stagedRdb: (id, token) => backend.stagedRdb(id, token),
    iamPassword: (nodeKey, token) => backend.iamPassword(nodeKey, token),
  };
}

function moduleContext(options: BackendOptions): BackendContext {
  const { environment, logger, clock, blobs, port } = options;
  const { host } = options.settings.addr;
  const isEncrypted = options.settings.tlsCert !== undefined;
  const awsEndpointUrl = port === undefined ? "http://localhost" : urlOf({ host, port, isEncrypted });
  return { environment, logger, clock, blobs, awsEndpointUrl };
}
