import { FcError } from "@fc/core";
import type { CacheEngine } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { encryptLinks } from "../access/encrypted-links.ts";
import { enginePort } from "../engines/engine-arguments.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { specOf } from "../node/find-node.ts";
import { claimOf } from "../pod/data-volume.ts";
import { followInCluster, isClustered, promoteInCluster } from "../slots/cluster-link.ts";

/** An engine in a Pod. */
export interface EnginePod {
  readonly pod: V1Pod;
  readonly engine: CacheEngine;
}

/** What `INFO replication` says. */
export interface Replication {
  readonly role: "primary" | "replica";
  /** How much of the replication stream the engine has: a replica's own count, also when its primary is gone. */
  readonly offset: number;
  /** Of a replica: whether it follows its primary, with the whole data set loaded. */
  readonly linkUp: boolean;
  /** Of a replica: whether it is taking over a whole data set. What it has then is no data set. */
  readonly syncing: boolean;
  /** Of a replica: its primary's address. */
  readonly primaryHost: string | undefined;
}

/** Reads `INFO replication` of redis or valkey. */
export function parseReplication(info: string): Replication {
  const fields = new Map(
    [...info.matchAll(/^([a-z_0-9]+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  const replica = fields.get("role") === "slave";
  return {
    role: replica ? "replica" : "primary",
    offset: Number(fields.get(replica ? "slave_repl_offset" : "master_repl_offset") ?? 0),
    linkUp: fields.get("master_link_status") === "up",
    syncing: fields.get("master_sync_in_progress") === "1",
    primaryHost: fields.get("master_host"),
  };
}

/**
 * Whether `INFO persistence` says that the append-only file has all that the engine has: one that has taken over a whole data set writes that
 * anew, and until then the file is that of before.
 */
export function isFileWhole(info: string): boolean {
  return /^aof_enabled:1\r?$/m.test(info) && !/^aof_rewrite_(in_progress|scheduled):1\r?$/m.test(info);
}

/** Asks an engine for its replication. */
export function replicationOf(
  context: CacheContext,
  target: EnginePod,
  signal: AbortSignal,
  timeoutMs = 5_000,
): Promise<Replication> {
  const what = `asking Pod ${target.pod.metadata?.name} for its replication`;
  return withEngine(context, { ...target, what, timeoutMs }, signal, async (connection, deadline) =>
    parseReplication(String(await connection.call(["INFO", "replication"], deadline))),
  );
}

/** Makes the engine a primary: it keeps its data and takes writes. */
export async function promote(context: CacheContext, target: EnginePod, signal: AbortSignal): Promise<void> {
  const what = `promoting Pod ${target.pod.metadata?.name}`;
  await withEngine(context, { ...target, what }, signal, async (connection, deadline) => {
    if (isClustered(target)) await promoteInCluster(connection, deadline);
    else await connection.call(["REPLICAOF", "NO", "ONE"], deadline);
  });
}

/** Tells the engine to follow `primary`, and does not wait until it does. `check` ends an attempt that is repeated, by what it throws. */
export async function follow(
  context: CacheContext,
  target: EnginePod,
  primary: EnginePod,
  signal: AbortSignal,
  check: () => void = () => undefined,
): Promise<void> {
  if (isClustered(target)) return await followInCluster(context, target, primary, signal, check);
  const { podIP } = primary.pod.status ?? {};
  if (podIP === undefined)
    throw new FcError("FC_CACHE_NO_ADDRESS", `Pod ${primary.pod.metadata?.name} has no address`, { retryable: true });
  const what = `attaching Pod ${target.pod.metadata?.name} to ${primary.pod.metadata?.name}`;
  await withEngine(context, { ...target, what }, signal, async (connection, deadline) => {
    const encrypted = specOf(primary.pod)?.access?.tls !== undefined;
    await encryptLinks(connection, specOf(target.pod), encrypted, deadline);
    await connection.call(["REPLICAOF", podIP, String(enginePort(primary.engine))], deadline);
  });
}

const pauseMs = 50;

/**
 * Attaches the engine to `primary` and resolves once it has the whole data set, on its volume, too, when it has one, and follows. `signal` ends it.
 * @throws FcError `FC_CACHE_ROLE_CHANGED` when `primary` is no longer the one to follow, by `stillPrimary` or by the engine's own word
 */
export async function attach(
  context: CacheContext,
  target: EnginePod,
  primary: EnginePod,
  signal: AbortSignal,
  stillPrimary: () => boolean,
): Promise<void> {
  const check = (): void => {
    if (!stillPrimary()) throw roleChanged(target);
  };
  await follow(context, target, primary, signal, check);
  for (;;) {
    check();
    const { role, linkUp, primaryHost } = await replicationOf(context, target, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      // While it loads the data set it answers nothing else.
      context.logger.debug({ pod: target.pod.metadata?.name, error: String(error) }, "a replica does not answer yet");
      return { role: "replica", linkUp: false, primaryHost: primary.pod.status?.podIP } as const;
    });
    // Somebody made it a primary meanwhile, or attached it elsewhere.
    if (role !== "replica" || primaryHost !== primary.pod.status?.podIP) throw roleChanged(target);
    if (linkUp && (claimOf(target.pod) === undefined || (await isOnVolume(context, target, signal)))) return;
    await context.clock.sleep(pauseMs, signal);
  }
}

function isOnVolume(context: CacheContext, target: EnginePod, signal: AbortSignal): Promise<boolean> {
  const what = `asking Pod ${target.pod.metadata?.name} for its file`;
  return withEngine(context, { ...target, what }, signal, async (connection, deadline) =>
    isFileWhole(String(await connection.call(["INFO", "persistence"], deadline))),
  );
}

function roleChanged(target: EnginePod): FcError {
  return new FcError("FC_CACHE_ROLE_CHANGED", `Pod ${target.pod.metadata?.name} no longer follows its primary`, {
    retryable: true,
  });
}
