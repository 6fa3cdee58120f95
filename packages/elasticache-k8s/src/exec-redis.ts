import { dirname } from "node:path";
import { systemClock, writeDurably } from "@fc/core";
import { CacheBackendError } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import type { V1Pod } from "@kubernetes/client-node";
import { cacheFailure } from "./node/cache-failure.ts";
import { cacheContainer } from "./pod/cache-names.ts";
import { fetchRdb } from "./rdb/fetch-rdb.ts";
import { type RdbFacts, verifiedRdb } from "./rdb/rdb-verifier.ts";

/** What `redis-cli` said in a cache Pod. */
export interface ExecRedisResult {
  /** False for a server error too, which `redis-cli` by itself would end with code 0. */
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `redis-cli` in a cache Pod, for people and tests; the backend itself speaks RESP.
 * @throws KubernetesError `FC_K8S_EXEC_FAILED`
 */
export async function execRedis(
  client: K8sClient,
  pod: V1Pod | string,
  args: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<ExecRedisResult> {
  // -e: an error reply is exit code 1.
  const { success, stdout, stderr } = await client.exec(pod, cacheContainer, ["redis-cli", "-e", ...args], options);
  return { success, stdout: stdout.toString("utf8"), stderr };
}

/**
 * Writes a verified RDB of a redis or valkey Pod to a new file at `path`. Taken by replication: the engine serves on meanwhile.
 * @throws CacheBackendError `FC_CACHE_SNAPSHOT_FAILED` with the engine's words; no file is left then
 */
export async function dumpRdb(
  client: K8sClient,
  pod: V1Pod,
  path: string,
  options: { readonly signal?: AbortSignal; readonly port?: number } = {},
): Promise<RdbFacts> {
  const signal = options.signal ?? new AbortController().signal;
  const what = `dumping the data of Pod ${pod.metadata?.name} to ${path}`;
  try {
    const dial = (each: AbortSignal) => client.dial(pod, options.port ?? 6379, { signal: each });
    return await fetchRdb({ dial, clock: systemClock, signal }, async ({ content, sizeBytes }) => {
      let facts: RdbFacts | undefined;
      const onVerified = (found: RdbFacts): void => {
        facts = found;
      };
      const verified = verifiedRdb(content, { expectedBytes: sizeBytes, onVerified });
      await writeDurably(dirname(path), verified, { pathOf: () => path, overwrite: false });
      if (facts === undefined) throw new CacheBackendError("FC_CACHE_SNAPSHOT_FAILED", `${what}: nothing was verified`);
      return facts;
    });
  } catch (error) {
    throw cacheFailure("FC_CACHE_SNAPSHOT_FAILED", what, error, { pod: pod.metadata?.name });
  }
}
