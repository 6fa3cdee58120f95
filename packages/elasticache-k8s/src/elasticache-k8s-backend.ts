import { type BlobRef, FcError } from "@fc/core";
import {
  type CacheBackend,
  CacheBackendError,
  type CacheCallOptions,
  type CacheGroupSpec,
  type CacheGroupStatus,
  type CacheNodeEvent,
  type CacheNodeSpec,
  type CacheNodeStatus,
} from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { applyAccess } from "./access/apply-access.ts";
import { hasIamFront, needsIamFront } from "./access/iam-users.ts";
import { iamPasswordFor } from "./access/installation-secrets.ts";
import { hasRdb } from "./engines/engine-arguments.ts";
import { promoteReplica } from "./group/fail-over.ts";
import { rebootNode } from "./group/reboot-member.ts";
import { settleEndpoints } from "./group/shard-endpoints.ts";
import { startGroup } from "./group/start-group.ts";
import { applyParameters } from "./node/apply-parameters.ts";
import type { CacheContext } from "./node/cache-context.ts";
import { failing, nameOf } from "./node/cache-failure.ts";
import { healthOf } from "./node/cache-health.ts";
import { CacheNode, withProgress } from "./node/cache-node.ts";
import { removeAllNodes, removeNode } from "./node/delete-node.ts";
import { type NodeReconcilers, reconcileNodes } from "./node/desired-objects.ts";
import { findNode, isServing, specOf } from "./node/find-node.ts";
import { NodeWatch } from "./node/node-watch.ts";
import { startNode } from "./node/start-node.ts";
import { storeSnapshot } from "./node/store-snapshot.ts";
import { sweepClaims } from "./persistence/claims.ts";
import { cacheAnnotations, specText } from "./pod/cache-names.ts";

/** The backend that `createElastiCacheK8sBackend` makes. */
export class ElastiCacheK8sBackend implements CacheBackend {
  readonly specificationVersion = "v1";
  readonly name = "kubernetes";
  readonly clusterMode = true;
  readonly #context: CacheContext;
  readonly #deleteOnClose: boolean;
  readonly #watch: NodeWatch;
  readonly #listeners: Set<(event: CacheNodeEvent) => void>;
  #reconcilers: NodeReconcilers | undefined;
  #isKnown: (nodeKey: string) => boolean = () => true;
  #closed: Promise<void> | undefined;

  constructor(
    context: CacheContext,
    options: { readonly deleteOnClose: boolean; readonly listeners: Set<(event: CacheNodeEvent) => void> },
  ) {
    this.#context = context;
    this.#deleteOnClose = options.deleteOnClose;
    this.#listeners = options.listeners;
    this.#watch = new NodeWatch(context, () => this.#reconcilers?.nodes.kick());
  }

  async start(
    spec: CacheNodeSpec,
    options: CacheCallOptions & { readonly restore?: BlobRef },
  ): Promise<CacheNodeStatus> {
    const { restore, signal, onProgress } = options;
    return await failing("FC_CACHE_START_FAILED", `starting ${nameOf(spec)}`, spec.nodeKey, async () => {
      const group = this.#context.groups.of(spec.nodeKey);
      // A member alone would come up empty and be nobody's replica.
      if (group !== undefined && !(await isServing(this.#context, spec.nodeKey))) {
        const status = (await this.startGroup(group.spec, { signal, onProgress })).nodes[spec.nodeKey];
        if (status !== undefined) return status;
      }
      const node = await this.#nodeFor(spec);
      try {
        return await withProgress([node], onProgress, () =>
          node.run((within) => startNode(this.#context, node, { restore }, within), signal),
        );
      } finally {
        this.#forgetUnmade(node);
        this.#watch.check(node);
      }
    });
  }

  async startGroup(
    spec: CacheGroupSpec,
    options: CacheCallOptions & { readonly restore?: Readonly<Record<string, BlobRef>> },
  ): Promise<CacheGroupStatus> {
    return await failing("FC_CACHE_START_FAILED", `starting group ${spec.groupId}`, spec.groupKey, async () => {
      const group = this.#context.groups.claim(spec);
      const former = group.spec;
      group.spec = spec;
      const nodes = await Promise.all(spec.shards.flatMap((shard) => shard.nodes).map((node) => this.#nodeFor(node)));
      try {
        return await withProgress(nodes, options.onProgress, () =>
          startGroup(this.#context, group, nodes, { ...options, former }),
        );
      } finally {
        for (const node of nodes) {
          this.#forgetUnmade(node);
          this.#watch.check(node);
        }
      }
    });
  }

  async failover(
    spec: CacheGroupSpec,
    options: CacheCallOptions & { readonly nodeKey: string },
  ): Promise<CacheGroupStatus> {
    const { nodeKey, signal, onProgress } = options;
    return await failing("FC_CACHE_FAILOVER_FAILED", `promoting ${nodeKey}`, nodeKey, async () => {
      const before = await this.startGroup(spec, { signal, onProgress });
      const group = this.#context.groups.claim(spec);
      const shard = group.shardOf(nodeKey);
      if (shard === undefined) throw new FcError("FC_CACHE_NO_NODE", `${spec.groupId} has no node ${nodeKey}`);
      await promoteReplica(this.#context, group, shard, nodeKey, signal);
      const shards = before.shards.map((each) =>
        each.shardId === shard.shardId ? { ...each, primary: nodeKey } : each,
      );
      return { ...before, shards };
    });
  }

  async deleteGroup(groupKey: string): Promise<void> {
    await failing("FC_CACHE_NODE_NOT_FOUND", `deleting group ${groupKey}`, groupKey, async () => {
      this.#context.groups.forget(groupKey);
      await removeNode(this.#context, groupKey);
    });
  }

  async reboot(spec: CacheNodeSpec, options: CacheCallOptions): Promise<CacheNodeStatus> {
    return await failing("FC_CACHE_REBOOT_FAILED", `rebooting ${nameOf(spec)}`, spec.nodeKey, async () => {
      const before = this.#context.nodes.get(spec.nodeKey)?.spec;
      const node = await this.#nodeFor(spec);
      try {
        const work = async (signal: AbortSignal): Promise<CacheNodeStatus> => {
          const running = await this.#running(spec.nodeKey);
          node.pod = running.pod;
          return await rebootNode(this.#context, node, running, signal);
        };
        return await withProgress([node], options.onProgress, () => node.run(work, options.signal));
      } catch (error) {
        // What the old engine runs with is what a replacement of it has to run with.
        if (before !== undefined) node.spec = before;
        throw error;
      } finally {
        this.#forgetUnmade(node);
        this.#watch.check(node);
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
      const known = this.#context.nodes.get(spec.nodeKey);
      if (known !== undefined) known.spec = spec;
      const annotations = { [cacheAnnotations.spec]: specText(spec) };
      await this.#context.client.patchService(service.metadata?.name ?? "", { metadata: { annotations } });
      return { pendingReboot };
    });
  }

  async applyAccess(spec: CacheNodeSpec, options: CacheCallOptions): Promise<void> {
    await failing("FC_CACHE_ACCESS_FAILED", `changing the users of ${nameOf(spec)}`, spec.nodeKey, async () => {
      // The first user with IAM authentication needs more than a word to the engine.
      if (needsIamFront(spec) && !hasIamFront((await this.#running(spec.nodeKey)).pod)) {
        await this.reboot(spec, options);
        return await settleEndpoints(this.#context, spec.nodeKey, options.signal);
      }
      const node = this.#context.nodes.get(spec.nodeKey);
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
      const { pod } = await this.#running(spec.nodeKey);
      return await storeSnapshot(this.#context, { pod, engine: spec.engine }, options.signal);
    });
  }

  async delete(nodeKey: string): Promise<void> {
    await failing("FC_CACHE_NODE_NOT_FOUND", `deleting cache node ${nodeKey}`, nodeKey, async () => {
      const node = this.#context.nodes.get(nodeKey);
      if (node === undefined) return await removeNode(this.#context, nodeKey);
      node.deleting ??= this.#delete(node);
      await node.deleting;
    });
  }

  /** The bytes for the restore step of one Pod, once. Serve them at `/_fakecloud/elasticache/_internal/rdb/{id}`, to the Bearer of the token. */
  stagedRdb(id: string, token: string): AsyncIterable<Uint8Array> | undefined {
    return this.#context.staging.take(id, token);
  }

  /** The password of IAM users at a node, for who has its token: `/_fakecloud/elasticache/_internal/iam-login` gives it for a good login. */
  async iamPassword(nodeKey: string, token: string): Promise<string | undefined> {
    return iamPasswordFor(await this.#context.secrets.access(), nodeKey, token);
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
    void sweepClaims(this.#context, (key) => this.#context.nodes.has(key) || isKnown(key));
  }

  reapStale(): Promise<number> {
    return this.#context.client.reapStale("elasticache");
  }

  health(): Promise<{ readonly ready: boolean; readonly detail: string }> {
    return healthOf(this.#context);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#watch.stop();
    await Promise.all(Object.values(this.#reconcilers ?? {}).map((reconciler) => reconciler[Symbol.asyncDispose]()));
    const nodes = [...this.#context.nodes.values()];
    for (const node of nodes) node.end(new Error("the cache backend is closing"));
    await Promise.all([...nodes.map((node) => node.idle()), this.#watch.idle()]);
    if (this.#deleteOnClose) {
      await removeAllNodes(this.#context);
      await this.#context.secrets.remove();
    }
    this.#listeners.clear();
  }

  async #nodeFor(spec: CacheNodeSpec): Promise<CacheNode> {
    if (this.#closed !== undefined)
      throw new CacheBackendError("FC_CACHE_START_FAILED", "The cache backend is closed", { fault: "user" });
    this.#watch.start();
    this.#reconcilers ??= this.#startReconciling();
    for (
      let node = this.#context.nodes.get(spec.nodeKey);
      node?.deleting !== undefined;
      node = this.#context.nodes.get(spec.nodeKey)
    )
      await node.deleting.catch(() => undefined);
    const node = this.#context.nodes.get(spec.nodeKey) ?? new CacheNode(spec);
    node.spec = spec;
    this.#context.nodes.set(spec.nodeKey, node);
    return node;
  }

  async #delete(node: CacheNode): Promise<void> {
    node.end(new FcError("FC_CACHE_NODE_DELETED", `Cache node ${node.nodeKey} is being deleted`));
    try {
      await node.idle();
      await removeNode(this.#context, node.nodeKey);
    } finally {
      this.#context.nodes.delete(node.nodeKey);
    }
  }

  /** A node that never served is not watched. */
  #forgetUnmade(node: CacheNode): void {
    if (node.pod === undefined && node.deleting === undefined) this.#context.nodes.delete(node.nodeKey);
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

  #startReconciling(): NodeReconcilers {
    const { nodes, groups } = this.#context;
    return reconcileNodes(this.#context, { nodes, isKnown: (key) => groups.has(key) || this.#isKnown(key) });
  }
}
