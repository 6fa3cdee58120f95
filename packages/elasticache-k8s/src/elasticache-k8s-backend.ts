import { type BlobRef, errorText, FcError } from "@fc/core";
import {
  type CacheBackend,
  CacheBackendError,
  type CacheBackendErrorCode,
  type CacheNodeEvent,
  type CacheNodeSpec,
  type CacheNodeStatus,
} from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { applyAccess } from "./access/apply-access.ts";
import { hasRdb } from "./engines/engine-arguments.ts";
import { applyParameters } from "./node/apply-parameters.ts";
import type { CacheContext } from "./node/cache-context.ts";
import { cacheFailure } from "./node/cache-failure.ts";
import { CacheNode } from "./node/cache-node.ts";
import { removeNode } from "./node/delete-node.ts";
import { type NodeReconcilers, reconcileNodes } from "./node/desired-objects.ts";
import { dialEngine } from "./node/engine-link.ts";
import { findNode, installationSelector, lossOf, specOf } from "./node/find-node.ts";
import { rebootPod } from "./node/reboot-node.ts";
import { replaceNode } from "./node/replace-node.ts";
import { startNode } from "./node/start-node.ts";
import { cacheAnnotations, specText } from "./pod/cache-names.ts";
import { fetchRdb } from "./rdb/fetch-rdb.ts";
import { verifiedRdb } from "./rdb/rdb-verifier.ts";

/** The backend that `createElastiCacheK8sBackend` makes. */
export class ElastiCacheK8sBackend implements CacheBackend {
  readonly specificationVersion = "v1";
  readonly name = "kubernetes";
  readonly #context: CacheContext;
  readonly #deleteOnClose: boolean;
  readonly #nodes = new Map<string, CacheNode>();
  readonly #listeners: Set<(event: CacheNodeEvent) => void>;
  readonly #background = new Set<Promise<void>>();
  #reconcilers: NodeReconcilers | undefined;
  #isKnown: (nodeKey: string) => boolean = () => true;
  #unwatch: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    context: CacheContext,
    options: { readonly deleteOnClose: boolean; readonly listeners: Set<(event: CacheNodeEvent) => void> },
  ) {
    this.#context = context;
    this.#deleteOnClose = options.deleteOnClose;
    this.#listeners = options.listeners;
  }

  async start(
    spec: CacheNodeSpec,
    options: { readonly restore?: BlobRef; readonly signal: AbortSignal },
  ): Promise<CacheNodeStatus> {
    return await failing("FC_CACHE_START_FAILED", `starting ${nameOf(spec)}`, spec.nodeKey, async () => {
      const node = await this.#nodeFor(spec);
      try {
        return await node.run((signal) => startNode(this.#context, node, options.restore, signal), options.signal);
      } finally {
        this.#forgetUnmade(node);
        this.#checkServing(node);
      }
    });
  }

  async reboot(spec: CacheNodeSpec, options: { readonly signal: AbortSignal }): Promise<CacheNodeStatus> {
    return await failing("FC_CACHE_REBOOT_FAILED", `rebooting ${nameOf(spec)}`, spec.nodeKey, async () => {
      const before = this.#nodes.get(spec.nodeKey)?.spec;
      const node = await this.#nodeFor(spec);
      try {
        return await node.run(async (signal) => {
          const running = await this.#running(spec.nodeKey);
          node.pod = running.pod;
          return await rebootPod(this.#context, node, running, signal);
        }, options.signal);
      } catch (error) {
        // What the old engine runs with is what a replacement of it has to run with.
        if (before !== undefined) node.spec = before;
        throw error;
      } finally {
        this.#forgetUnmade(node);
        this.#checkServing(node);
      }
    });
  }

  async applyParameters(
    spec: CacheNodeSpec,
    options: { readonly signal: AbortSignal; readonly atReboot?: readonly string[] },
  ): Promise<{ readonly pendingReboot: readonly string[] }> {
    return await failing("FC_CACHE_PARAMETER_REJECTED", `configuring ${nameOf(spec)}`, spec.nodeKey, async () => {
      const { pod, service } = await this.#running(spec.nodeKey);
      const pendingReboot = await applyParameters(this.#context, spec, pod, options);
      // The channels of users whose rules say nothing of them follow a parameter.
      await applyAccess(this.#context, spec, pod, options.signal);
      const known = this.#nodes.get(spec.nodeKey);
      if (known !== undefined) known.spec = spec;
      const annotations = { [cacheAnnotations.spec]: specText(spec) };
      await this.#context.client.patchService(service.metadata?.name ?? "", { metadata: { annotations } });
      return { pendingReboot };
    });
  }

  async applyAccess(spec: CacheNodeSpec, options: { readonly signal: AbortSignal }): Promise<void> {
    await failing("FC_CACHE_ACCESS_FAILED", `changing the users of ${nameOf(spec)}`, spec.nodeKey, async () => {
      const node = this.#nodes.get(spec.nodeKey);
      const apply = async (signal: AbortSignal): Promise<void> => {
        const { pod } = await this.#running(spec.nodeKey);
        await applyAccess(this.#context, spec, pod, signal);
      };
      if (node === undefined) return await apply(options.signal);
      // Whatever becomes of this Pod, the next one starts with these.
      node.spec = spec;
      await node.run(apply, options.signal);
    });
  }

  /** The certificate, PEM, that vouches for every cache whose connections are encrypted: for clients to trust. */
  async certificateAuthority(): Promise<string> {
    return (await this.#context.secrets.access()).authority.certificate;
  }

  async snapshot(spec: CacheNodeSpec, options: { readonly signal: AbortSignal }): Promise<BlobRef> {
    if (!hasRdb(spec.engine))
      throw new CacheBackendError("FC_CACHE_SNAPSHOT_UNSUPPORTED", `${nameOf(spec)}: memcached has no snapshots`, {
        fault: "user",
      });
    return await failing("FC_CACHE_SNAPSHOT_FAILED", `taking a snapshot of ${nameOf(spec)}`, spec.nodeKey, async () => {
      const context = this.#context;
      const { pod } = await this.#running(spec.nodeKey);
      const dial = (signal: AbortSignal) => dialEngine(context, pod, spec.engine, signal);
      return await fetchRdb({ dial, clock: context.clock, signal: options.signal }, ({ content, sizeBytes }) =>
        context.blobs.write(verifiedRdb(content, { expectedBytes: sizeBytes })),
      );
    });
  }

  async delete(nodeKey: string): Promise<void> {
    await failing("FC_CACHE_NODE_NOT_FOUND", `deleting cache node ${nodeKey}`, nodeKey, async () => {
      const node = this.#nodes.get(nodeKey);
      if (node === undefined) return await removeNode(this.#context, nodeKey);
      node.deleting ??= this.#delete(node);
      await node.deleting;
    });
  }

  /** The bytes for the restore step of one Pod, once. Serve them at `/_fakecloud/elasticache/_internal/rdb/{id}`. */
  stagedRdb(id: string, token: string): AsyncIterable<Uint8Array> | undefined {
    return this.#context.staging.take(id, token);
  }

  onEvent(listener: (event: CacheNodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  keepOnly(isKnown: (nodeKey: string) => boolean): void {
    this.#isKnown = isKnown;
    this.#reconcilers ??= this.#startReconciling();
  }

  reapStale(): Promise<number> {
    return this.#context.client.reapStale("elasticache");
  }

  async health(): Promise<{ readonly ready: boolean; readonly detail: string }> {
    try {
      await this.#context.client.listServices(installationSelector(this.#context));
    } catch (error) {
      return { ready: false, detail: `Kubernetes does not answer: ${errorText(error)}` };
    }
    const replacing = [...this.#nodes.values()].filter((node) => node.replacing).length;
    return { ready: true, detail: `${this.#nodes.size} cache nodes, ${replacing} being replaced` };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#unwatch?.();
    await Promise.all(Object.values(this.#reconcilers ?? {}).map((reconciler) => reconciler[Symbol.asyncDispose]()));
    const nodes = [...this.#nodes.values()];
    for (const node of nodes) node.end(new Error("the cache backend is closing"));
    await Promise.all([...nodes.map((node) => node.idle()), ...this.#background]);
    if (this.#deleteOnClose) {
      const services = await this.#context.client.listServices(installationSelector(this.#context));
      const keys = services.map((service) => service.metadata?.annotations?.[cacheAnnotations.nodeKey] ?? "");
      await Promise.all(keys.map((nodeKey) => removeNode(this.#context, nodeKey)));
      await this.#context.secrets.remove();
    }
    this.#listeners.clear();
  }

  async #nodeFor(spec: CacheNodeSpec): Promise<CacheNode> {
    if (this.#closed !== undefined)
      throw new CacheBackendError("FC_CACHE_START_FAILED", "The cache backend is closed", { fault: "user" });
    this.#unwatch ??= this.#context.client.onPodChange((type, pod) => this.#onPodChange(type, pod));
    this.#reconcilers ??= this.#startReconciling();
    for (let node = this.#nodes.get(spec.nodeKey); node?.deleting !== undefined; node = this.#nodes.get(spec.nodeKey))
      await node.deleting.catch(() => undefined);
    const node = this.#nodes.get(spec.nodeKey) ?? new CacheNode(spec);
    node.spec = spec;
    this.#nodes.set(spec.nodeKey, node);
    return node;
  }

  async #delete(node: CacheNode): Promise<void> {
    node.end(new FcError("FC_CACHE_NODE_DELETED", `Cache node ${node.nodeKey} is being deleted`));
    try {
      await node.idle();
      await removeNode(this.#context, node.nodeKey);
    } finally {
      this.#nodes.delete(node.nodeKey);
    }
  }

  /** A node that never served is not watched. */
  #forgetUnmade(node: CacheNode): void {
    if (node.pod === undefined && node.deleting === undefined) this.#nodes.delete(node.nodeKey);
  }

  async #running(nodeKey: string): Promise<{ pod: V1Pod; service: V1Service; engine: CacheNodeSpec["engine"] }> {
    const { service, current } = await findNode(this.#context, nodeKey);
    const engine = current === undefined ? undefined : specOf(current)?.engine;
    if (service === undefined || current === undefined || engine === undefined)
      throw new CacheBackendError("FC_CACHE_NODE_NOT_FOUND", `There is no running cache node ${nodeKey}`, {
        details: { nodeKey },
      });
    return { service, pod: current, engine };
  }

  #onPodChange(type: "added" | "modified" | "deleted", pod: V1Pod): void {
    const node = this.#nodes.get(pod.metadata?.annotations?.[cacheAnnotations.nodeKey] ?? "");
    if (node?.pod === undefined || node.pod.metadata?.uid !== pod.metadata?.uid) return;
    const loss = type === "deleted" ? `Pod ${pod.metadata?.name} was deleted` : lossOf(pod);
    if (loss !== undefined) this.#replace(node, pod, loss);
  }

  /** What the watch said while the node was being worked on was about a Pod that was not yet, or no longer, its own: look again. */
  #checkServing(node: CacheNode): void {
    this.#reconcilers?.nodes.kick();
    const known = node.pod;
    if (known === undefined || node.signal.aborted) return;
    this.#track(async () => {
      const pod = await this.#context.client.getPod(known.metadata?.name ?? "");
      if (node.pod !== known) return;
      if (pod === undefined) this.#replace(node, known, `Pod ${known.metadata?.name} was deleted`);
      else this.#onPodChange("modified", pod);
    });
  }

  #replace(node: CacheNode, pod: V1Pod, loss: string): void {
    if (node.replacing || node.signal.aborted) return;
    node.replacing = true;
    this.#track(() => replaceNode(this.#context, node, pod, loss).finally(() => this.#reconcilers?.nodes.kick()));
  }

  #startReconciling(): NodeReconcilers {
    return reconcileNodes(this.#context, { nodes: this.#nodes, isKnown: (nodeKey) => this.#isKnown(nodeKey) });
  }

  #track(work: () => Promise<void>): void {
    const running = work().catch((error: unknown) => {
      this.#context.logger.warn({ error: errorText(error) }, "watching a cache node failed");
    });
    this.#background.add(running);
    void running.then(() => this.#background.delete(running));
  }
}

async function failing<T>(
  code: CacheBackendErrorCode,
  what: string,
  nodeKey: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cacheFailure(code, what, error, { nodeKey });
  }
}

function nameOf(spec: CacheNodeSpec): string {
  return `${spec.engine} node ${spec.resourceId}/${spec.nodeId}`;
}
