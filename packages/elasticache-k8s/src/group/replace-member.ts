import { errorText, FcError } from "@fc/core";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import { retirePod } from "../node/delete-pod.ts";
import { findNode, specOf } from "../node/find-node.ts";
import { completeSwitch } from "../node/start-node.ts";
import { dropOldClaims, takeOverClaim } from "../persistence/claims.ts";
import { claimOf } from "../pod/data-volume.ts";
import { rejoin } from "../slots/rejoin.ts";
import { bestReplica, failOver, followNewPrimary } from "./fail-over.ts";
import { type Member, spawnEmpty, spawnReplica, switchPrimary } from "./member-pod.ts";
import { attach, type EnginePod, promote } from "./replication.ts";
import { isPrimaryPod, primaryEngine, replicasOf, updateReaders } from "./shard-endpoints.ts";

/** A Pod that is being deleted has its engine for a while yet; what cannot be taken over in this time goes with it. */
const rescueTimeoutMs = 18_000;
const firstPauseMs = 500;
const longestPauseMs = 60_000;

/**
 * A member's Pod is lost. A lost primary first: a replica takes its place, or, without automatic failover, gives its data to the new
 * Pod. Then a new Pod follows, again and again until it serves or the node is deleted.
 */
export async function replaceMember(context: CacheContext, member: Member, lost: V1Pod, loss: string): Promise<void> {
  const { group, shard, node } = member;
  const { nodeKey } = node;
  context.emit({ nodeKey, type: "lost", message: loss });
  const engine: EnginePod = { pod: lost, engine: specOf(lost)?.engine ?? node.spec.engine };
  const running = lost.status?.containerStatuses?.[0]?.state?.running !== undefined;
  const alive = running && lost.metadata?.deletionTimestamp !== undefined;
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        if (group.isPrimary(nodeKey) && group.spec.automaticFailover)
          await failOver(context, group, shard, { node, engine, alive }, node.signal);
        else await updateReaders(context, group, shard);
        if (await node.run((signal) => replaceOnce(context, member, { engine, alive }, signal))) return;
      } catch (error) {
        if (node.signal.aborted) return;
        // What happens to the other members meanwhile is no failure of this one.
        if (!FcError.isInstance(error, "FC_CACHE_NO_REPLICA") && !FcError.isInstance(error, "FC_CACHE_ROLE_CHANGED"))
          context.emit({ nodeKey, type: "failed", message: `${loss}; a new Pod did not come up: ${errorText(error)}` });
      }
      await context.clock.sleep(pauseMs, node.signal);
    }
  } catch (error) {
    node.replacing = false;
    if (!node.signal.aborted)
      context.logger.error({ nodeKey, error: errorText(error) }, "the replacement of a member of a group ended");
  }
}

/** The engine of a Pod that is lost; `alive` while its Pod is only being deleted. */
interface LostEngine {
  readonly engine: EnginePod;
  readonly alive: boolean;
}

/** True when the node has had a Pod that serves, which may be lost by now, or is no longer there to be replaced. */
async function replaceOnce(
  context: CacheContext,
  member: Member,
  lost: LostEngine,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, shard, node } = member;
  const { service } = await findNode(context, node.nodeKey);
  if (node.pod?.metadata?.uid !== lost.engine.pod.metadata?.uid || service === undefined) {
    node.replacing = false;
    return true;
  }
  const dataKept = group.isPrimary(node.nodeKey)
    ? await refillPrimary(context, member, service, lost, signal)
    : await refillReplica(context, member, service, signal);
  node.replacing = false;
  await updateReaders(context, group, shard);
  // One that somebody deletes answers for a while yet: clients would stay with an engine that its group has forgotten.
  if (lost.alive) await retirePod(context, lost.engine.pod);
  await rejoin(context, group, node, signal);
  await dropOldClaims(context, node.nodeKey, node.pod, service);
  const message = `Pod ${node.pod?.metadata?.name} answers at the same address, ${dataKept ? "with the data" : "empty"}`;
  context.emit({ nodeKey: node.nodeKey, type: "recovered", message, dataKept });
  return true;
}

async function refillReplica(
  context: CacheContext,
  member: Member,
  service: V1Service,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, shard, node } = member;
  const fresh = await spawnReplica(context, member, signal, () => {
    // Chosen as the primary while its own Pod was lost, too: it has nobody to follow.
    if (group.isPrimary(node.nodeKey))
      throw new FcError("FC_CACHE_ROLE_CHANGED", `${node.nodeKey} has become the primary`, { retryable: true });
    return primaryEngine(context, group, shard);
  });
  await group.run(() => completeSwitch(context, node, service, fresh.pod, signal), signal);
  node.replacing = false;
  await followPrimary(context, member, fresh, signal);
  return true;
}

/** Another node may have become the primary while this one took over the data. */
async function followPrimary(
  context: CacheContext,
  { group, shard, node }: Member,
  fresh: EnginePod,
  signal: AbortSignal,
): Promise<void> {
  while (!group.isPrimary(node.nodeKey)) {
    const primary = primaryEngine(context, group, shard);
    // Whichever is the primary next tells its replicas to follow.
    if (primary === undefined) return;
    try {
      await attach(context, fresh, primary, signal, () => isPrimaryPod(context, group, shard, primary.pod));
      return;
    } catch (error) {
      if (!FcError.isInstance(error, "FC_CACHE_ROLE_CHANGED")) throw error;
    }
  }
}

/** The primary stays the primary: its new Pod gets the data of its old engine while that answers, else of the best replica. */
async function refillPrimary(
  context: CacheContext,
  member: Member,
  service: V1Service,
  lost: LostEngine,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, shard, node } = member;
  return await group.run(async () => {
    if (lost.alive && (await rescuePrimary(context, member, service, lost.engine, signal))) return true;
    const best = await bestReplica(context, replicasOf(context, group, shard), signal);
    if (best === undefined && replicasOf(context, group, shard).some((replica) => !replica.replacing))
      throw new FcError("FC_CACHE_NO_REPLICA", "The replicas do not answer, and may have the data", {
        retryable: true,
      });
    // A replica whose primary is gone gives its data to nobody.
    if (best !== undefined) await promote(context, best, signal);
    const { pod: gone } = lost.engine;
    const kept = best === undefined ? claimOf(gone) : undefined;
    const claim = await takeOverClaim(context, node.nodeKey, kept, [gone]);
    const fresh =
      best === undefined
        ? await spawnEmpty(context, node, signal, claim)
        : await spawnReplica(context, member, signal, () => best);
    if (best !== undefined) await promote(context, fresh, signal);
    await completeSwitch(context, node, service, fresh.pod, signal);
    node.replacing = false;
    await followNewPrimary(context, group, shard, signal);
    return best !== undefined || claim !== undefined;
  }, signal);
}

/** The old engine hands over to the new Pod, as at a reboot. False when it does not come to that in time. */
async function rescuePrimary(
  context: CacheContext,
  member: Member,
  service: V1Service,
  old: EnginePod,
  signal: AbortSignal,
): Promise<boolean> {
  const { node } = member;
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(rescueTimeoutMs)]);
    const fresh = await spawnReplica(context, member, deadline, () => old);
    await switchPrimary(context, member, service, { old, fresh }, deadline);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    context.logger.warn({ nodeKey: node.nodeKey, error: errorText(error) }, "a lost primary could not hand over");
    return false;
  }
}
