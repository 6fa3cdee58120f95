import { CacheBackendError, type CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { EngineReplyError, type RespConnection } from "../resp/resp-connection.ts";
import { type AclUser, aclUsers } from "./acl-rules.ts";

/**
 * Brings the users of `spec` to the running engine. Each user changes in one step, so none is ever without a right that it keeps; who is no
 * longer there is disconnected.
 * @throws CacheBackendError `FC_CACHE_ACCESS_FAILED`
 */
export async function applyAccess(
  context: CacheContext,
  spec: CacheNodeSpec,
  pod: V1Pod,
  signal: AbortSignal,
): Promise<void> {
  if (!hasRdb(spec.engine)) return;
  const access = await context.secrets.access();
  const users = aclUsers(spec, access);
  const what = `changing the users of Pod ${pod.metadata?.name}`;
  await withEngine(context, { pod, engine: spec.engine, what }, signal, (connection, deadline) =>
    setUsers(connection, users, deadline),
  );
}

async function setUsers(connection: RespConnection, users: readonly AclUser[], signal: AbortSignal): Promise<void> {
  const wanted = new Set(users.map(({ name }) => name));
  for (const { name, rules } of users) await setUser(connection, name, rules, signal);
  const present = await connection.call(["ACL", "USERS"], signal);
  for (const name of Array.isArray(present) ? present : [])
    if (typeof name === "string" && !wanted.has(name)) await connection.call(["ACL", "DELUSER", name], signal);
}

async function setUser(
  connection: RespConnection,
  name: string,
  rules: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await connection.call(["ACL", "SETUSER", name, "reset", ...rules], signal);
  } catch (error) {
    if (!(error instanceof EngineReplyError)) throw error;
    throw new CacheBackendError(
      "FC_CACHE_ACCESS_FAILED",
      `The engine refuses the user ${name}: ${error.engineMessage}`,
      {
        fault: "user",
        details: { user: name, engineMessage: error.engineMessage },
        cause: error,
      },
    );
  }
}
