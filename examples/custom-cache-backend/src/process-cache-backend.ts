// A backend for @fc/elasticache: every cache node is a process of this machine, without a cluster. It has no replication groups and no passwords.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BlobStore, errorText } from "@fc/core";
import {
  type CacheBackend,
  CacheBackendError,
  type CacheBackendErrorCode,
  type CacheNodeSpec,
  type CacheNodeStatus,
} from "@fc/elasticache/backend";
import { EngineProcess } from "./engine-process.ts";

export interface CacheBackendContext {
  /** Where snapshots go. */
  readonly blobs: BlobStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What `fc-server --elasticache-backend` calls. Nodes have their folders below `CACHE_BACKEND_FOLDER`. */
export async function createCacheBackend({ blobs, environment }: CacheBackendContext): Promise<CacheBackend> {
  const folder = await mkdtemp(join(environment["CACHE_BACKEND_FOLDER"] ?? tmpdir(), "caches-"));
  const engines = new Map<string, EngineProcess>();
  const engineOf = ({ nodeKey }: Pick<CacheNodeSpec, "nodeKey">): EngineProcess => {
    const engine = engines.get(nodeKey);
    if (engine === undefined) throw new CacheBackendError("FC_CACHE_NODE_NOT_FOUND", `There is no node ${nodeKey}`);
    return engine;
  };
  return {
    specificationVersion: "v1",
    name: "process",
    start: async (spec, { restore, signal }) => {
      if (spec.access?.tls !== undefined || spec.access?.users !== undefined)
        throw new CacheBackendError("FC_CACHE_ACCESS_FAILED", "There are no users and no encryption here");
      const running = engines.get(spec.nodeKey);
      if (running !== undefined) return statusOf(running);
      const rdb =
        restore === undefined
          ? {}
          : { rdb: (path: string) => pipeline(blobs.read(restore.sha256), createWriteStream(path)) };
      const engine = await failing("FC_CACHE_START_FAILED", EngineProcess.start(spec, folder, { ...rdb, signal }));
      engines.set(spec.nodeKey, engine);
      return statusOf(engine);
    },
    reboot: async (spec, { signal }) => {
      const engine = engineOf(spec);
      await engine.stop();
      await failing("FC_CACHE_REBOOT_FAILED", engine.launch(signal));
      return statusOf(engine);
    },
    snapshot: async (spec) => {
      if (spec.engine === "memcached")
        throw new CacheBackendError("FC_CACHE_SNAPSHOT_UNSUPPORTED", "memcached has no snapshots");
      const engine = engineOf(spec);
      const answer = await failing("FC_CACHE_SNAPSHOT_FAILED", engine.ask("SAVE"));
      if (answer !== "+OK") throw new CacheBackendError("FC_CACHE_SNAPSHOT_FAILED", `${spec.engine} says ${answer}`);
      return await failing("FC_CACHE_SNAPSHOT_FAILED", blobs.write(createReadStream(engine.rdbPath)));
    },
    delete: async (nodeKey) => {
      const engine = engines.get(nodeKey);
      engines.delete(nodeKey);
      await engine?.remove();
    },
    // All of them at the next reboot: honest, if not the best that could be done.
    applyParameters: (spec) => Promise.resolve({ pendingReboot: Object.keys(spec.parameters) }),
    applyAccess: () =>
      Promise.reject(new CacheBackendError("FC_CACHE_ACCESS_FAILED", "There are no users and no encryption here")),
    startGroup: () =>
      Promise.reject(new CacheBackendError("FC_CACHE_START_FAILED", "There are no replication groups here")),
    failover: () => Promise.reject(new CacheBackendError("FC_CACHE_FAILOVER_FAILED", "There are no replicas here")),
    deleteGroup: () => Promise.resolve(),
    // Processes do not end on their own accord, and nothing watches for it.
    onEvent: () => () => undefined,
    reapStale: () => Promise.resolve(0),
    health: () => Promise.resolve({ ready: true, detail: `${engines.size} engines on this machine` }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...engines.values()].map((engine) => engine.remove()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function statusOf({ port, pid }: EngineProcess): CacheNodeStatus {
  return { endpoint: { address: "127.0.0.1", port }, instance: String(pid) };
}

async function failing<T>(code: CacheBackendErrorCode, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new CacheBackendError(code, errorText(cause), { cause });
  }
}
