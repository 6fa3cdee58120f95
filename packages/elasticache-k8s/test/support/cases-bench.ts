import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileBlobStore, deferred } from "@fc/core";
import type { CacheGroupSpec, CacheNodeEvent } from "@fc/elasticache/backend";
import { K8sClient } from "@fc/k8s";
import {
  type CacheImages,
  createElastiCacheK8sBackend,
  type ElastiCacheK8sBackend,
  type ElastiCacheK8sOptions,
} from "../../src/index.ts";
import { startRdbServer } from "./rdb-server.ts";

export interface CasesCluster extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Where Pods reach this process. */
  readonly hostAddress: string;
  /** What the server for restores listens on. */
  readonly listenOn: string;
  /** Where the public images are not to be had. */
  readonly images?: CacheImages;
  /** Volumes are root's, whatever group a Pod's are to belong to. */
  readonly rootOwnsVolumes?: boolean;
}

/** What cases stand on. Disposing of it disposes of its backends, too. */
export interface CasesBench extends AsyncDisposable {
  readonly cluster: CasesCluster;
  readonly client: K8sClient;
  /** A folder of its own. */
  readonly directory: string;
  /** Another client, as the next process of the installation has one. Default: by the cluster's own kubeconfig. */
  connect(kubeconfig?: string): Promise<K8sClient>;
  /** A backend, of the bench's client unless told otherwise. */
  backend(options?: Partial<ElastiCacheK8sOptions>): ElastiCacheK8sBackend;
}

/** How long one step of a case may take. */
export const signal = (): AbortSignal => AbortSignal.timeout(90_000);

/** The next event of this kind, of any node or of this one. */
export function nextEvent(
  backend: ElastiCacheK8sBackend,
  type: CacheNodeEvent["type"],
  nodeKey?: string,
): Promise<CacheNodeEvent> {
  const seen = deferred<CacheNodeEvent>();
  const stop = backend.onEvent((event) => {
    if (event.type !== type || (nodeKey !== undefined && event.nodeKey !== nodeKey)) return;
    stop();
    seen.resolve(event);
  });
  return seen.promise;
}

/** Deletes the group and its nodes. */
export async function removeGroup(backend: ElastiCacheK8sBackend, { groupKey, shards }: CacheGroupSpec): Promise<void> {
  await backend.deleteGroup(groupKey);
  await Promise.all(shards.flatMap(({ nodes }) => nodes).map(({ nodeKey }) => backend.delete(nodeKey)));
}

/** Starts a cluster and what else backends on it need. */
export async function openBench(start: () => Promise<CasesCluster>, installationId: string): Promise<CasesBench> {
  const opened: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(part: T): T => {
    opened.push(part);
    return part;
  };
  const dispose = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const part of opened.splice(0).reverse())
      await part[Symbol.asyncDispose]().then(undefined, (error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), `fc-${installationId}-`));
    keep({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) });
    const cluster = keep(await start());
    const { namespace, hostAddress, listenOn, images = {} } = cluster;
    const connect = (kubeconfig = cluster.kubeconfig): Promise<K8sClient> =>
      K8sClient.connect({ kubeconfig, namespace, installationId });
    const client = keep(await connect());
    const backends: ElastiCacheK8sBackend[] = [];
    const stagedRdb = (id: string, token: string): AsyncIterable<Uint8Array> | undefined =>
      backends.map((each) => each.stagedRdb(id, token)).find((content) => content !== undefined);
    const iamPassword = async (nodeKey: string, token: string): Promise<string | undefined> =>
      await backends.at(-1)?.iamPassword(nodeKey, token);
    const server = keep(await startRdbServer(listenOn, { stagedRdb, iamPassword }));
    const backend = (options: Partial<ElastiCacheK8sOptions> = {}): ElastiCacheK8sBackend => {
      const common = { client, blobs: createFileBlobStore(directory), endpoints: "cluster-ip", images } as const;
      const internalUrl = `http://${hostAddress}:${server.port}`;
      const made = keep(createElastiCacheK8sBackend({ ...common, internalUrl, ...options }));
      backends.push(made);
      return made;
    };
    return { cluster, client, directory, connect, backend, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
