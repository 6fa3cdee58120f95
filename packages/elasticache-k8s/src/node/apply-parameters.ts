import { CacheBackendError, type CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import { isMemcachedParameter } from "../engines/memcached-parameters.ts";
import { type EngineDirective, isRedisAwsOnly, redisDirectives } from "../engines/redis-parameters.ts";
import { EngineReplyError, type RespConnection } from "../resp/resp-connection.ts";
import type { CacheContext } from "./cache-context.ts";
import { withEngine } from "./engine-link.ts";
import { specOf } from "./find-node.ts";

const timeoutMs = 30_000;

/**
 * Applies the parameters of `spec` to the running engine, but for those that wait for a reboot; gives the names that wait. When the engine refuses
 * one, those set before it get their former values back.
 * @throws CacheBackendError `FC_CACHE_PARAMETER_REJECTED`
 */
export async function applyParameters(
  context: CacheContext,
  spec: CacheNodeSpec,
  pod: V1Pod,
  options: { readonly signal: AbortSignal; readonly atReboot?: readonly string[] },
): Promise<readonly string[]> {
  const { signal, atReboot = [] } = options;
  const started = specOf(pod)?.parameters ?? {};
  if (!hasRdb(spec.engine)) return changedNames(started, spec.parameters).filter(isMemcachedParameter);
  const waiting = changedNames(started, spec.parameters).filter((name) => atReboot.includes(name));
  const wanted = redisDirectives(spec.nodeType, spec.parameters).filter(
    ({ parameters }) => !parameters.some((name) => atReboot.includes(name)),
  );
  const what = `setting the parameters of Pod ${pod.metadata?.name}`;
  const pending = await withEngine(
    context,
    { pod, engine: spec.engine, what, timeoutMs },
    signal,
    (connection, deadline) => configure(connection, wanted, deadline),
  );
  // What was taken out of the group has the engine's own default only after a new start.
  const removed = Object.keys(started).filter((name) => !Object.hasOwn(spec.parameters, name) && !isRedisAwsOnly(name));
  return [...new Set([...pending, ...waiting, ...removed])].sort();
}

/** Sets each directive; gives the parameters behind those that the engine cannot change while it runs. */
export async function configure(
  connection: RespConnection,
  wanted: readonly EngineDirective[],
  signal: AbortSignal,
): Promise<string[]> {
  const pending: string[] = [];
  const before: [name: string, value: string][] = [];
  for (const { name, value, parameters } of wanted) {
    const current = await currentValue(connection, name, signal);
    if (current === value) continue;
    try {
      await connection.call(["CONFIG", "SET", name, value], signal);
      if (current !== undefined) before.push([name, current]);
    } catch (error) {
      if (!(error instanceof EngineReplyError)) throw error;
      if (/immutable/i.test(error.engineMessage)) {
        pending.push(...parameters);
        continue;
      }
      for (const [set, former] of before.reverse()) await connection.call(["CONFIG", "SET", set, former], signal);
      const parameter = parameters[0] ?? name;
      throw new CacheBackendError(
        "FC_CACHE_PARAMETER_REJECTED",
        `The engine refuses ${parameter} = ${JSON.stringify(value)}: ${error.engineMessage}`,
        { fault: "user", details: { parameter, value, engineMessage: error.engineMessage }, cause: error },
      );
    }
  }
  return pending;
}

async function currentValue(
  connection: RespConnection,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reply = await connection.call(["CONFIG", "GET", name], signal);
  const value = Array.isArray(reply) ? reply[1] : undefined;
  return typeof value === "string" ? value : undefined;
}

function changedNames(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]).sort();
}
