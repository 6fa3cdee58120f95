import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { RespConnection } from "../resp/resp-connection.ts";

/**
 * Has an engine that can connect to other nodes encrypted, or in clear, from its next connection on: as a replica to its primary, and in cluster
 * mode to all of them. One that is in clear itself can only do that.
 */
export async function encryptLinks(
  connection: RespConnection,
  spec: CacheNodeSpec | undefined,
  encrypted: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (spec?.access?.tls === undefined) return;
  const wanted = encrypted ? "yes" : "no";
  const names = spec.clusterEnabled === true ? ["tls-replication", "tls-cluster"] : ["tls-replication"];
  for (const name of names) {
    const said = await connection.call(["CONFIG", "GET", name], signal);
    if (!Array.isArray(said) || said[1] !== wanted) await connection.call(["CONFIG", "SET", name, wanted], signal);
  }
}
