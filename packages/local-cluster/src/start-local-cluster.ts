import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { type Clock, type Logger, silentLogger, systemClock } from "@fc/core";
import { startApiServer } from "./api/api-server.ts";
import { storedResources } from "./api/resources.ts";
import { startControllers } from "./controllers/controllers.ts";
import { claimServiceRange } from "./controllers/service-range.ts";
import { ApiFaults } from "./faults/api-faults.ts";
import { type ClusterFaults, createClusterFaults } from "./faults/cluster-faults.ts";
import type { ImageHandler } from "./images/image-handler.ts";
import { createNodeAgent } from "./node/node-agent.ts";
import { startScheduling } from "./scheduling/scheduling.ts";
import { createObjectStore } from "./store/object-store.ts";

/** How Pods are kept apart from each other and from the machine; `auto` probes for the best. */
export type IsolationLevel = "auto" | "ns-root" | "ns-user" | "plain";

export interface LocalClusterOptions {
  /** A directory of this cluster alone: kubeconfig, Pod directories, volumes. Made when absent. */
  readonly dataDirectory: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Asked before the built-in ones (AWS Lambda base images, redis, valkey, memcached, busybox). */
  readonly imageHandlers?: readonly ImageHandler[];
  /** Default `auto`. */
  readonly isolation?: IsolationLevel;
  /** How many virtual nodes share this machine; each announces all of it. Default 1. */
  readonly nodes?: number;
  /** What each node announces as allocatable: CPUs, and memory in bytes. Default: what the machine has. */
  readonly capacity?: { readonly cpus?: number; readonly memoryBytes?: number };
  /** Port of the API on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
}

/** A running cluster. Disposing it stops all Pods and closes the API; nothing is kept. */
export interface LocalCluster extends AsyncDisposable {
  /** A kubeconfig file, mode 0600, with the address, the certificate authority and a token. */
  readonly kubeconfigPath: string;
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  readonly isolation: { readonly level: string; readonly detail: string };
  /** Where Pods reach the host. */
  readonly hostAddress: string;
  /** What goes wrong on real clusters, on demand. */
  readonly faults: ClusterFaults;
}

/**
 * Starts an embedded Kubernetes: a real API over HTTPS on loopback whose Pods run as sandboxed local processes. For development.
 *
 * @throws FcError `FC_CLUSTER_LISTEN` when the port cannot be listened on.
 */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { logger = silentLogger, clock = systemClock } = options;
  // Mounts, and users of the kubeconfig in other folders, need the whole path.
  const dataDirectory = resolve(options.dataDirectory);
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const store = createObjectStore({ resources: storedResources, clock, logger });
  const started: AsyncDisposable[] = [];
  // In reverse order: the API goes first, so that no request meets a stopped agent.
  const dispose = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part[Symbol.asyncDispose]();
  };
  try {
    const serviceRange = await claimServiceRange(logger);
    started.push(serviceRange);
    const controllers = startControllers({ store, logger, clock, serviceRange });
    started.push(controllers);
    const imageHandlers = options.imageHandlers ?? [];
    const isolation = options.isolation ?? "auto";
    const { nodes = 1, capacity = {} } = options;
    const agentOptions = { store, dataDirectory, logger, clock, imageHandlers, isolation, nodes, capacity };
    const agent = await createNodeAgent(agentOptions);
    started.push(agent, startScheduling({ store, clock }));
    const nextServiceAddress = (): string => controllers.nextServiceAddress();
    const { port = 0 } = options;
    const apiFaults = new ApiFaults(clock);
    const api = await startApiServer({
      ...{ store, agent, dataDirectory, logger, clock, port, nextServiceAddress },
      interceptor: apiFaults,
    });
    started.push(api);
    controllers.publishAuthority(api.authority);
    const faults = createClusterFaults({ api, apiFaults, agent, store, clock });
    const { kubeconfigPath, url } = api;
    const found = agent.isolation;
    logger.info({ url, kubeconfigPath, isolation: found }, "the local cluster serves; it is for development only");
    return { kubeconfigPath, url, isolation: found, hostAddress: "127.0.0.1", faults, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
