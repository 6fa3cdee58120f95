import { errorText, FcError } from "@fc/core";
import type { EnginePod } from "../group/replication.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { withEngine } from "../node/engine-link.ts";
import { specOf } from "../node/find-node.ts";
import { EngineReplyError, type RespConnection } from "../resp/resp-connection.ts";
import { announce } from "./announce.ts";
import { busPort } from "./cluster-arguments.ts";
import { type ClusterView, parseClusterNodes, type SeenNode } from "./cluster-view.ts";

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

/**
 * Whether the node whose view it is has heard from this primary itself what it has. Until then it takes over nothing: a takeover takes the slots that
 * the replica knows of, with an epoch above those that it has heard of. It is known by its name a second before that.
 */
export function hasHeardFrom(view: ClusterView, { id, slots }: Pick<SeenNode, "id" | "slots">): boolean {
  // Not whether they are the same: they may be on the move.
  return slots.size === 0 || (view.byId.get(id)?.slots.size ?? 0) > 0;
}

/** The engine as it sees itself in its cluster, which from here on has its addresses right. */
async function introduced(context: CacheContext, target: EnginePod, signal: AbortSignal): Promise<SeenNode> {
  const what = `asking Pod ${target.pod.metadata?.name} for its id`;
  return await withEngine(context, { ...target, what }, signal, async (connection, deadline) => {
    await announce(context, target, connection, deadline);
    return (await viewOf(connection, deadline)).myself;
  });
}

/**
 * Makes the engine a replica of `primary` in their cluster, one that could take its place, and does not wait until it has the data. Until both know each other, and as long as a
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
  const asked = await introduced(context, primary, signal);
  const { id } = asked;
  await withEngine(context, { ...target, what, timeoutMs: joinTimeoutMs }, signal, async (connection, deadline) => {
    await announce(context, target, connection, deadline);
    for (;;) {
      check();
      const view = await viewOf(connection, deadline);
      const known = knows(view, { id, engine: primary });
      const follows = known && view.myself.primaryId === id;
      if (follows && hasHeardFrom(view, asked)) return;
      if (!known) await meet(connection, primary, deadline);
      else if (!follows) await replicate(context, { connection, view, id }, deadline);
      await context.clock.sleep(pauseMs, deadline);
    }
  });
}

/** Asks the engine to become a replica, which it may refuse for now. */
export async function replicate(
  context: CacheContext,
  { connection, view, id }: { readonly connection: RespConnection; readonly view: ClusterView; readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    // A node without slots has keys that are nobody's, and takes over the primary's only when it has none.
    if (!view.myself.flags.has("slave") && view.myself.slots.size === 0)
      await connection.call(["FLUSHALL", "ASYNC"], signal);
    await connection.call(["CLUSTER", "REPLICATE", id], signal);
  } catch (error) {
    if (!(error instanceof EngineReplyError)) throw error;
    context.logger.debug({ error: errorText(error) }, "a node does not become a replica yet");
  }
}

/** Makes a replica the primary of its shard, with the slots of the one before, whether that one and the other primaries answer or not. */
export async function promoteInCluster(connection: RespConnection, signal: AbortSignal): Promise<void> {
  const view = await viewOf(connection, signal);
  if (view.myself.flags.has("slave")) await connection.call(["CLUSTER", "FAILOVER", "TAKEOVER"], signal);
}
