import { dirname } from "node:path";
import { systemClock, writeDurably } from "@fc/core";
import { CacheBackendError, type RdbFacts, verifiedRdb } from "@fc/elasticache/backend";
import type { K8sClient } from "@fc/k8s";
import type { V1Pod } from "@kubernetes/client-node";
import { accessDirectory, accessFiles } from "./access/access-volume.ts";
import { adminUser } from "./access/admin-user.ts";
import { InstallationSecrets } from "./access/installation-secrets.ts";
import { cacheFailure } from "./node/cache-failure.ts";
import { dialEngine } from "./node/engine-link.ts";
import { cacheContainer } from "./pod/cache-names.ts";
import { fetchRdb } from "./rdb/fetch-rdb.ts";

/** What `redis-cli` said in a cache Pod. */
export interface ExecRedisResult {
  /** False for a server error too, which `redis-cli` by itself would end with code 0. */
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

// The password reaches redis-cli through the environment, from the file that the engine has it from. -e: an error reply is exit code 1.
const asAdmin = [
  "plain= tls=",
  `set -- -e --no-auth-warning --user ${adminUser} "$@"`,
  // With what the shell has by itself: an image need not have sed.
  `while read -r name value; do if [ "$name" = masterauth ]; then export REDISCLI_AUTH="$value" VALKEYCLI_AUTH="$value"; fi; if [ "$name" = "#port" ]; then plain=$value; fi; if [ "$name" = "#tls-port" ]; then tls=$value; fi; done < ${accessDirectory}/${accessFiles.configuration}`,
  `if [ -n "$plain" ]; then set -- -p "$plain" "$@"`,
  `elif [ -f ${accessDirectory}/${accessFiles.authority} ]; then set -- --tls --cacert ${accessDirectory}/${accessFiles.authority} -p "\${tls:-6379}" "$@"; fi`,
  `if command -v redis-cli >/dev/null; then exec redis-cli "$@"; else exec valkey-cli "$@"; fi`,
].join("\n");

/**
 * Runs `redis-cli` in a cache Pod as the admin, whom no restriction holds, for people and tests; the backend itself speaks RESP.
 * @throws KubernetesError `FC_K8S_EXEC_FAILED`
 */
export async function execRedis(
  client: K8sClient,
  pod: V1Pod | string,
  args: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<ExecRedisResult> {
  const command = ["sh", "-c", asAdmin, "redis-cli", ...args];
  const { success, stdout, stderr } = await client.exec(pod, cacheContainer, command, options);
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
  options: { readonly signal?: AbortSignal } = {},
): Promise<RdbFacts> {
  const signal = options.signal ?? new AbortController().signal;
  const what = `dumping the data of Pod ${pod.metadata?.name} to ${path}`;
  try {
    const context = { client, secrets: new InstallationSecrets(client, systemClock) };
    const dial = (each: AbortSignal) => dialEngine(context, pod, "redis", each);
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
