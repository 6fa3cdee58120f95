import { Buffer } from "node:buffer";
import { type BlobRef, type BlobStore, type Deferred, deferred } from "@fc/core";
import type {
  CacheBackend,
  CacheGroupSpec,
  CacheGroupStatus,
  CacheNodeEvent,
  CacheNodeSpec,
  CacheNodeStatus,
} from "../backend/backend.ts";
import { CacheBackendError } from "../backend/backend-error.ts";
import type { MemoryGroup, MemoryNode } from "./memory-node.ts";
import { checkSlots, moveSlots } from "./memory-slots.ts";

/** The calls that can be made to fail or wait. */
export type MemoryBackendCall =
  | "start"
  | "startGroup"
  | "failover"
  | "deleteGroup"
  | "reboot"
  | "applyParameters"
  | "applyAccess"
  | "snapshot"
  | "delete";

/** A {@link CacheBackend} without engines: nodes are entries of a map, data sets are bytes. For tests of what stands on a backend. */
export interface MemoryCacheBackend extends CacheBackend {
  /** The nodes that run now, by key. */
  readonly nodes: ReadonlyMap<string, MemoryNode>;
  /** The groups, by group key: what they are and the node key of each shard's primary. */
  readonly groups: ReadonlyMap<string, MemoryGroup>;
  /** Every call so far, in order: `start <nodeKey>`. */
  readonly calls: readonly string[];
  /** Makes the next call, or the next one for a node, reject. Several queue up. */
  fail(call: MemoryBackendCall, error: Error, nodeKey?: string): void;
  /** Lets calls wait until the returned function is called, or their signal aborts. */
  hold(call: MemoryBackendCall): () => void;
  /** Puts a data set into a node, and into the replicas of a primary. */
  write(nodeKey: string, data: Uint8Array | string): void;
  /** Reports an event to the listeners. With `lost`, the node's data is gone. */
  emit(event: CacheNodeEvent): void;
}

export interface MemoryCacheBackendOptions {
  readonly blobs: BlobStore;
  /** Parameters that only a reboot applies. Default: `databases`, and everything of memcached. */
  readonly immutable?: readonly string[];
}

/** Makes a {@link MemoryCacheBackend}. */
export function createMemoryCacheBackend(options: MemoryCacheBackendOptions): MemoryCacheBackend {
  return new MemoryBackend(options);
}

class MemoryBackend implements MemoryCacheBackend {
  readonly specificationVersion = "v1";
  readonly name = "memory";
  readonly clusterMode = true;
  readonly nodes = new Map<string, MemoryNode>();
  readonly groups = new Map<string, MemoryGroup>();
  readonly calls: string[] = [];
  readonly #blobs: BlobStore;
  readonly #immutable: readonly string[];
  readonly #failures: { readonly call: MemoryBackendCall; readonly error: Error; readonly nodeKey?: string }[] = [];
  readonly #holds = new Map<MemoryBackendCall, Deferred<void>>();
  readonly #listeners = new Set<(event: CacheNodeEvent) => void>();
  #launches = 0;

  constructor({ blobs, immutable = ["databases"] }: MemoryCacheBackendOptions) {
    this.#blobs = blobs;
    this.#immutable = immutable;
  }

  fail(call: MemoryBackendCall, error: Error, nodeKey?: string): void {
    this.#failures.push({ call, error, ...(nodeKey === undefined ? {} : { nodeKey }) });
  }

  hold(call: MemoryBackendCall): () => void {
    const gate = deferred();
    this.#holds.set(call, gate);
    return () => {
      if (this.#holds.get(call) === gate) this.#holds.delete(call);
      gate.resolve();
    };
  }

  write(nodeKey: string, data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    for (const key of [nodeKey, ...this.#replicasOf(nodeKey)]) this.nodes.set(key, { ...this.#node(key), data: bytes });
  }

  emit(event: CacheNodeEvent): void {
    const node = this.nodes.get(event.nodeKey);
    if (event.type === "lost" && node !== undefined) this.nodes.set(event.nodeKey, { ...node, data: new Uint8Array() });
    if (event.type === "promoted") this.#promote(event.nodeKey);
    for (const listener of this.#listeners) listener(event);
  }

  async start(
    spec: CacheNodeSpec,
    { restore, signal }: { readonly restore?: BlobRef; readonly signal: AbortSignal },
  ): Promise<CacheNodeStatus> {
    await this.#enter("start", spec.nodeKey, signal);
    const found = this.nodes.get(spec.nodeKey);
    if (found !== undefined) return found.status;
    const data = restore === undefined ? new Uint8Array() : await collect(this.#blobs.read(restore.sha256));
    return this.#launch(spec, data);
  }

  async startGroup(
    spec: CacheGroupSpec,
    options: { readonly restore?: Readonly<Record<string, BlobRef>>; readonly signal: AbortSignal },
  ): Promise<CacheGroupStatus> {
    await this.#enter("startGroup", spec.groupKey, options.signal);
    const former = this.groups.get(spec.groupKey);
    const before = former?.primaries ?? {};
    checkSlots(spec);
    const primaries: Record<string, string> = {};
    for (const { shardId, nodes } of spec.shards) {
      const kept = nodes.find(({ nodeKey }) => nodeKey === before[shardId]);
      const primary = kept ?? nodes[0];
      if (primary === undefined) continue;
      primaries[shardId] = primary.nodeKey;
      const restore = options.restore?.[shardId];
      const restored = restore === undefined ? new Uint8Array() : await collect(this.#blobs.read(restore.sha256));
      if (!this.nodes.has(primary.nodeKey)) this.#launch(primary, restored);
      const { data } = this.#node(primary.nodeKey);
      // A replica has what its primary has.
      for (const node of nodes) if (!this.nodes.has(node.nodeKey)) this.#launch(node, data);
    }
    this.groups.set(spec.groupKey, { spec, primaries });
    if (spec.shards[0]?.slots !== undefined) moveSlots(this.nodes, former?.spec ?? spec, spec);
    return this.#groupStatus(spec.groupKey);
  }

  async failover(
    spec: CacheGroupSpec,
    { nodeKey, signal }: { readonly nodeKey: string; readonly signal: AbortSignal },
  ): Promise<CacheGroupStatus> {
    await this.#enter("failover", nodeKey, signal);
    this.#promote(nodeKey);
    return this.#groupStatus(spec.groupKey);
  }

  async deleteGroup(groupKey: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#enter("deleteGroup", groupKey, signal);
    this.groups.delete(groupKey);
  }

  async reboot(spec: CacheNodeSpec, { signal }: { readonly signal: AbortSignal }): Promise<CacheNodeStatus> {
    const { data } = this.#node(spec.nodeKey);
    await this.#enter("reboot", spec.nodeKey, signal);
    return this.#launch(spec, spec.engine === "memcached" ? new Uint8Array() : data);
  }

  async applyParameters(
    spec: CacheNodeSpec,
    { signal, atReboot = [] }: { readonly signal: AbortSignal; readonly atReboot?: readonly string[] },
  ): Promise<{ readonly pendingReboot: readonly string[] }> {
    const node = this.#node(spec.nodeKey);
    await this.#enter("applyParameters", spec.nodeKey, signal);
    const before = node.spec.parameters;
    const changed = Object.keys({ ...before, ...spec.parameters }).filter(
      (name) => before[name] !== spec.parameters[name],
    );
    const waits = new Set([...this.#immutable, ...atReboot]);
    const pendingReboot = changed.filter((name) => spec.engine === "memcached" || waits.has(name));
    const kept = Object.fromEntries(pendingReboot.map((name) => [name, before[name] ?? ""]));
    this.nodes.set(spec.nodeKey, { ...node, spec: { ...spec, parameters: { ...spec.parameters, ...kept } } });
    return { pendingReboot };
  }

  async applyAccess(spec: CacheNodeSpec, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#node(spec.nodeKey);
    await this.#enter("applyAccess", spec.nodeKey, signal);
    const { access: _former, ...kept } = this.#node(spec.nodeKey).spec;
    const changed = spec.access === undefined ? kept : { ...kept, access: spec.access };
    this.nodes.set(spec.nodeKey, { ...this.#node(spec.nodeKey), spec: changed });
  }

  async snapshot(spec: CacheNodeSpec, { signal }: { readonly signal: AbortSignal }): Promise<BlobRef> {
    const { data } = this.#node(spec.nodeKey);
    if (spec.engine === "memcached")
      throw new CacheBackendError(
        "FC_CACHE_SNAPSHOT_UNSUPPORTED",
        `${spec.nodeKey} is memcached: it has no snapshots.`,
      );
    await this.#enter("snapshot", spec.nodeKey, signal);
    return this.#blobs.write([data]);
  }

  async delete(nodeKey: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#enter("delete", nodeKey, signal);
    this.nodes.delete(nodeKey);
  }

  onEvent(listener: (event: CacheNodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  keepOnly(isKnown: (nodeKey: string) => boolean): void {
    for (const map of [this.nodes, this.groups]) for (const key of [...map.keys()]) if (!isKnown(key)) map.delete(key);
  }

  reapStale(): Promise<number> {
    return Promise.resolve(0);
  }

  health(): Promise<{ readonly ready: boolean; readonly detail: string }> {
    return Promise.resolve({ ready: true, detail: `${this.nodes.size} nodes in memory` });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }

  async #enter(call: MemoryBackendCall, nodeKey: string, signal: AbortSignal): Promise<void> {
    this.calls.push(`${call} ${nodeKey}`);
    await unlessAborted(this.#holds.get(call)?.promise ?? Promise.resolve(), signal);
    const index = this.#failures.findIndex(
      (failure) => failure.call === call && (failure.nodeKey ?? nodeKey) === nodeKey,
    );
    const [failure] = index < 0 ? [] : this.#failures.splice(index, 1);
    if (failure !== undefined) throw failure.error;
  }

  #node(nodeKey: string): MemoryNode {
    const node = this.nodes.get(nodeKey);
    if (node === undefined)
      throw new CacheBackendError("FC_CACHE_NODE_NOT_FOUND", `There is no cache node ${nodeKey}. Start it first.`);
    return node;
  }

  #replicasOf(nodeKey: string): string[] {
    return [...this.groups.values()]
      .flatMap(({ spec, primaries }) => spec.shards.filter(({ shardId }) => primaries[shardId] === nodeKey))
      .flatMap(({ nodes }) => nodes.map((node) => node.nodeKey))
      .filter((key) => key !== nodeKey && this.nodes.has(key));
  }

  #promote(nodeKey: string): void {
    for (const [groupKey, { spec, primaries }] of this.groups)
      for (const { shardId, nodes } of spec.shards)
        if (nodes.some((node) => node.nodeKey === nodeKey))
          this.groups.set(groupKey, { spec, primaries: { ...primaries, [shardId]: nodeKey } });
  }

  #groupStatus(groupKey: string): CacheGroupStatus {
    const { spec, primaries } = this.groups.get(groupKey) as MemoryGroup;
    const all = spec.shards.flatMap(({ nodes }) => nodes);
    const port = all[0]?.port ?? 0;
    return {
      shards: spec.shards.map(({ shardId }) => ({
        shardId,
        primary: primaries[shardId] ?? "",
        primaryEndpoint: { address: `${spec.groupId}.cache.invalid`, port },
        readerEndpoint: { address: `${spec.groupId}-ro.cache.invalid`, port },
      })),
      ...(spec.shards[0]?.slots === undefined
        ? {}
        : { configurationEndpoint: { address: `clustercfg.${spec.groupId}.cache.invalid`, port } }),
      nodes: Object.fromEntries(all.map(({ nodeKey }) => [nodeKey, this.#node(nodeKey).status])),
    };
  }

  #launch(spec: CacheNodeSpec, data: Uint8Array): CacheNodeStatus {
    this.#launches += 1;
    const endpoint = { address: `${spec.memberId ?? spec.resourceId}.cache.invalid`, port: spec.port };
    const status: CacheNodeStatus = { endpoint, instance: `memory-${this.#launches}` };
    this.nodes.set(spec.nodeKey, { spec, data, status });
    return status;
  }
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
