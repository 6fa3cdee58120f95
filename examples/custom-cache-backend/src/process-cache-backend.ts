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
      const before = engine.spec;
      await engine.stop();
      const again = (): Promise<void> => engine.launch(before, signal);
      const launched = engine.launch(spec, signal).catch((error: unknown) => again().then(() => Promise.reject(error)));
      await failing("FC_CACHE_REBOOT_FAILED", launched);
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
    applyParameters: async (spec, { atReboot = [] }) => {
      const later = Object.keys(spec.parameters).filter((name) => atReboot.includes(name));
      await failing("FC_CACHE_PARAMETER_REJECTED", engineOf(spec).apply(spec, later));
      return { pendingReboot: later };
    },
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

/** What `fc-server conformance --cache` should know: why this can do no more than the contract. */
export const conformance = {
  absent: {
    access: "there are no users",
    replication: "there are no replication groups",
    slots: "there are no replication groups",
    lose: "nothing watches the processes",
    unstartable: "the old engine has to leave its address to the new one, and starts again when that fails",
    adoption: "processes end with the server",
  },
} as const;

function statusOf({ address, spec, pid }: EngineProcess): CacheNodeStatus {
  return { endpoint: { address, port: spec.port }, instance: String(pid) };
}

async function failing<T>(code: CacheBackendErrorCode, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new CacheBackendError(code, errorText(cause), { cause });
  }
}
