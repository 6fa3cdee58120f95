import { errorText, FcError } from "@fc/core";
import type { EnginePod } from "../group/replication.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { specOf } from "../node/find-node.ts";
import { EngineReplyError, type RespConnection } from "../resp/resp-connection.ts";
import { announce } from "./announce.ts";
import { busPort } from "./cluster-arguments.ts";
import { type ClusterView, parseClusterNodes } from "./cluster-view.ts";

const joinTimeoutMs = 15_000;
const pauseMs = 50;

/** Whether the engine runs in cluster mode. */
export function isClustered({ pod }: EnginePod): boolean {
  return specOf(pod)?.clusterEnabled === true;
}

/** What the engine sees of its cluster. */
export async function viewOf(connection: RespConnection, signal: AbortSignal): Promise<ClusterView> {
  return parseClusterNodes(String(await connection.call(["CLUSTER", "NODES"], signal)));
}

/** Asks the engine to make itself known to another, which answers by doing the same. It takes moments until they know each other. */
export async function meet(connection: RespConnection, other: EnginePod, signal: AbortSignal): Promise<void> {
  const { podIP } = other.pod.status ?? {};
  const spec = specOf(other.pod);
  if (podIP === undefined || spec === undefined)
    throw new FcError("FC_CACHE_NO_ADDRESS", `Pod ${other.pod.metadata?.name} has no address`, { retryable: true });
  await connection.call(["CLUSTER", "MEET", podIP, String(spec.port), String(busPort(spec))], signal);
}

/** Whether the node whose view it is knows the one with this id, by its address of today. */
export function knows(view: ClusterView, { id, engine }: { readonly id: string; readonly engine: EnginePod }): boolean {
  const seen = view.byId.get(id);
  return seen !== undefined && seen.host === engine.pod.status?.podIP && !seen.flags.has("handshake");
}

/** The engine's id in its cluster, which from here on has its addresses right. */
async function introduced(context: CacheContext, target: EnginePod, signal: AbortSignal): Promise<string> {
  const what = `asking Pod ${target.pod.metadata?.name} for its id`;
  return await withEngine(context, { ...target, what }, signal, async (connection, deadline) => {
    await announce(context, target, connection, deadline);
    return String(await connection.call(["CLUSTER", "MYID"], deadline));
  });
}

/**
 * Makes the engine a replica of `primary` in their cluster, and does not wait until it has the data. Until both know each other, and as long as a
 * former primary does not know that its slots are another's, the engine refuses: it is asked again, unless `check` throws. It refuses for good
 * once that one is no primary any more.
 */
export async function followInCluster(
  context: CacheContext,
  target: EnginePod,
  primary: EnginePod,
  signal: AbortSignal,
  check: () => void,
): Promise<void> {
  const what = `attaching Pod ${target.pod.metadata?.name} to ${primary.pod.metadata?.name}`;
  const id = await introduced(context, primary, signal);
  await withEngine(context, { ...target, what, timeoutMs: joinTimeoutMs }, signal, async (connection, deadline) => {
    await announce(context, target, connection, deadline);
    for (;;) {
      check();
      const view = await viewOf(connection, deadline);
      const known = knows(view, { id, engine: primary });
      if (known && view.myself.primaryId === id) return;
      if (!known) await meet(connection, primary, deadline);
      else if (await replicate(context, { connection, view, id }, deadline)) return;
      await context.clock.sleep(pauseMs, deadline);
    }
  });
}

/** False when the engine refuses for now. */
export async function replicate(
  context: CacheContext,
  { connection, view, id }: { readonly connection: RespConnection; readonly view: ClusterView; readonly id: string },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    // A node without slots has keys that are nobody's, and takes over the primary's only when it has none.
    if (!view.myself.flags.has("slave") && view.myself.slots.size === 0)
      await connection.call(["FLUSHALL", "ASYNC"], signal);
    await connection.call(["CLUSTER", "REPLICATE", id], signal);
    return true;
  } catch (error) {
    if (!(error instanceof EngineReplyError)) throw error;
    context.logger.debug({ error: errorText(error) }, "a node does not become a replica yet");
    return false;
  }
}

/** Makes a replica the primary of its shard, with the slots of the one before, whether that one and the other primaries answer or not. */
export async function promoteInCluster(connection: RespConnection, signal: AbortSignal): Promise<void> {
  const view = await viewOf(connection, signal);
  if (view.myself.flags.has("slave")) await connection.call(["CLUSTER", "FAILOVER", "TAKEOVER"], signal);
}
