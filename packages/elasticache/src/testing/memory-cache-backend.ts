import { Buffer } from "node:buffer";
import { type BlobStore, type Deferred, deferred } from "@fc/core";
import type { CacheBackend, CacheNodeEvent, CacheNodeSpec, CacheNodeStatus } from "../backend/backend.ts";
import { CacheBackendError } from "../backend/backend-error.ts";

/** The calls that can be made to fail or wait. */
export type MemoryBackendCall = "start" | "reboot" | "applyParameters" | "snapshot" | "delete";

/** A node that "runs". */
export interface MemoryNode {
  readonly spec: CacheNodeSpec;
  /** The data set: what a snapshot stores and a restore loads. */
  readonly data: Uint8Array;
  readonly status: CacheNodeStatus;
}

/** A {@link CacheBackend} without engines: nodes are entries of a map, data sets are bytes. For tests of what stands on a backend. */
export interface MemoryCacheBackend extends CacheBackend {
  /** The nodes that run now, by key. */
  readonly nodes: ReadonlyMap<string, MemoryNode>;
  /** Every call so far, in order: `start <nodeKey>`. */
  readonly calls: readonly string[];
  /** Makes the next call reject. Several queue up. */
  fail(call: MemoryBackendCall, error: Error): void;
  /** Lets calls wait until the returned function is called, or their signal aborts. */
  hold(call: MemoryBackendCall): () => void;
  /** Puts a data set into a node. */
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
  const { blobs, immutable = ["databases"] } = options;
  const nodes = new Map<string, MemoryNode>();
  const calls: string[] = [];
  const failures: { readonly call: MemoryBackendCall; readonly error: Error }[] = [];
  const holds = new Map<MemoryBackendCall, Deferred<void>>();
  const listeners = new Set<(event: CacheNodeEvent) => void>();
  let launches = 0;

  const enter = async (call: MemoryBackendCall, nodeKey: string, signal: AbortSignal): Promise<void> => {
    calls.push(`${call} ${nodeKey}`);
    await unlessAborted(holds.get(call)?.promise ?? Promise.resolve(), signal);
    const index = failures.findIndex((failure) => failure.call === call);
    const [failure] = index < 0 ? [] : failures.splice(index, 1);
    if (failure !== undefined) throw failure.error;
  };
  const existing = (nodeKey: string): MemoryNode => {
    const node = nodes.get(nodeKey);
    if (node === undefined)
      throw new CacheBackendError("FC_CACHE_NODE_NOT_FOUND", `There is no cache node ${nodeKey}. Start it first.`);
    return node;
  };
  const launch = (spec: CacheNodeSpec, data: Uint8Array): MemoryNode => {
    launches += 1;
    const endpoint = { address: `${spec.resourceId}.cache.invalid`, port: spec.port };
    const node = { spec, data, status: { endpoint, instance: `memory-${launches}` } };
    nodes.set(spec.nodeKey, node);
    return node;
  };

  return {
    specificationVersion: "v1",
    name: "memory",
    nodes,
    calls,
    fail: (call, error) => void failures.push({ call, error }),
    hold: (call) => {
      const gate = deferred();
      holds.set(call, gate);
      return () => {
        if (holds.get(call) === gate) holds.delete(call);
        gate.resolve();
      };
    },
    write: (nodeKey, data) => {
      nodes.set(nodeKey, { ...existing(nodeKey), data: typeof data === "string" ? Buffer.from(data) : data });
    },
    emit: (event) => {
      const node = nodes.get(event.nodeKey);
      if (event.type === "lost" && node !== undefined) nodes.set(event.nodeKey, { ...node, data: new Uint8Array() });
      for (const listener of listeners) listener(event);
    },
    start: async (spec, { restore, signal }) => {
      await enter("start", spec.nodeKey, signal);
      const found = nodes.get(spec.nodeKey);
      if (found !== undefined) return found.status;
      const data = restore === undefined ? new Uint8Array() : await collect(blobs.read(restore.sha256));
      return launch(spec, data).status;
    },
    reboot: async (spec, { signal }) => {
      const { data } = existing(spec.nodeKey);
      await enter("reboot", spec.nodeKey, signal);
      return launch(spec, spec.engine === "memcached" ? new Uint8Array() : data).status;
    },
    applyParameters: async (spec, { signal }) => {
      const node = existing(spec.nodeKey);
      await enter("applyParameters", spec.nodeKey, signal);
      const names = Object.keys({ ...node.spec.parameters, ...spec.parameters });
      const changed = names.filter((name) => node.spec.parameters[name] !== spec.parameters[name]);
      const pendingReboot = changed.filter((name) => spec.engine === "memcached" || immutable.includes(name));
      const kept = Object.fromEntries(pendingReboot.map((name) => [name, node.spec.parameters[name] ?? ""]));
      nodes.set(spec.nodeKey, { ...node, spec: { ...spec, parameters: { ...spec.parameters, ...kept } } });
      return { pendingReboot };
    },
    snapshot: async (spec, { signal }) => {
      const { data } = existing(spec.nodeKey);
      if (spec.engine === "memcached")
        throw new CacheBackendError(
          "FC_CACHE_SNAPSHOT_UNSUPPORTED",
          `${spec.nodeKey} is memcached: it has no snapshots.`,
        );
      await enter("snapshot", spec.nodeKey, signal);
      return blobs.write([data]);
    },
    delete: async (nodeKey, { signal }) => {
      await enter("delete", nodeKey, signal);
      nodes.delete(nodeKey);
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reapStale: () => Promise.resolve(0),
    health: () => Promise.resolve({ ready: true, detail: `${nodes.size} nodes in memory` }),
    [Symbol.asyncDispose]: () => {
      listeners.clear();
      return Promise.resolve();
    },
  };
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
