import { errorText, FcError } from "@fc/core";
import type { CacheNodeSpec, CacheNodeStatus, CacheShardSpec } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import { deletePod, retirePod } from "../node/delete-pod.ts";
import { findNode, specOf } from "../node/find-node.ts";
import { rebootPod } from "../node/reboot-node.ts";
import { spawnPod } from "../node/spawn-pod.ts";
import { completeSwitch } from "../node/start-node.ts";
import { switchPatch } from "../pod/build-cache-service.ts";
import { cachePodName } from "../pod/cache-names.ts";
import type { CacheGroup } from "./cache-group.ts";
import { bestReplica, failOver, followNewPrimary } from "./fail-over.ts";
import { handOver, stepDown } from "./hand-over.ts";
import { attach, type EnginePod, promote } from "./replication.ts";
import { primaryEngine, replicasOf, updateEndpoints, updateReaders } from "./shard-endpoints.ts";

/** A member of a group, where it stands, and its Service. */
export interface Member {
  readonly group: CacheGroup;
  readonly shard: CacheShardSpec;
  readonly node: CacheNode;
}

/** A new Pod for the node, by itself or as the member of a group that it is. */
export async function rebootNode(
  context: CacheContext,
  node: CacheNode,
  running: { readonly service: V1Service; readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const group = context.groups.of(node.nodeKey);
  const shard = group?.shardOf(node.nodeKey);
  if (group === undefined || shard === undefined || shard.nodes.length === 1)
    return await rebootPod(context, node, running, signal);
  return await rebootMember(context, { group, shard, node }, running, signal);
}

/**
 * A new Pod for a member, behind the same Service: it follows the primary until it has everything. A primary hands over to it, so
 * writes wait for moments only. Whatever fails before leaves the old engine serving.
 */
async function rebootMember(
  context: CacheContext,
  member: Member,
  running: { readonly service: V1Service; readonly pod: V1Pod },
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const { group, shard, node } = member;
  const old: EnginePod = { pod: running.pod, engine: specOf(running.pod)?.engine ?? node.spec.engine };
  const fresh = await spawnReplica(context, member, signal, () =>
    group.isPrimary(node.nodeKey) ? old : primaryEngine(context, group, shard),
  );
  try {
    const status = await group.run(async () => {
      if (!group.isPrimary(node.nodeKey))
        return await completeSwitch(context, node, running.service, fresh.pod, signal);
      return await switchPrimary(context, member, running.service, { old, fresh }, signal);
    }, signal);
    await updateReaders(context, group, shard);
    await retirePod(context, running.pod);
    return status;
  } catch (error) {
    await switchBack(context, member, running, fresh.pod);
    throw error;
  }
}

/** A switch may have been made although its answer was an error, so it is undone before the new Pod goes. */
async function switchBack(
  context: CacheContext,
  { group, shard, node }: Member,
  running: { readonly service: V1Service; readonly pod: V1Pod },
  fresh: V1Pod,
): Promise<void> {
  node.pod = running.pod;
  const before = specOf(running.service) ?? node.spec;
  const patch = switchPatch(before, running.pod.metadata?.name ?? "");
  await context.client.patchService(running.service.metadata?.name ?? "", patch);
  if (group.isPrimary(node.nodeKey)) await updateEndpoints(context, group, shard, running.pod);
  await deletePod(context, fresh.metadata?.name ?? "");
}

async function switchPrimary(
  context: CacheContext,
  { group, shard, node }: Member,
  service: V1Service,
  { old, fresh }: { readonly old: EnginePod; readonly fresh: EnginePod },
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  let status: CacheNodeStatus | undefined;
  await handOver(context, old, fresh, signal, async () => {
    status = await completeSwitch(context, node, service, fresh.pod, signal);
  });
  await followNewPrimary(context, group, shard, signal);
  await stepDown(context, old, fresh);
  return status as CacheNodeStatus;
}

/** A new Pod of the node that has all the data of `primary`; on failure it is gone. */
async function spawnReplica(
  context: CacheContext,
  { node }: Member,
  signal: AbortSignal,
  primary: () => EnginePod | undefined,
): Promise<EnginePod> {
  const { spec } = node;
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  const pod = await spawnPod(context, spec, { podName, rdb: undefined }, signal);
  const fresh: EnginePod = { pod, engine: spec.engine };
  try {
    const to = primary();
    if (to === undefined)
      throw new FcError("FC_CACHE_NO_PRIMARY", "There is no primary to follow", { retryable: true });
    await attach(context, fresh, to, signal);
    return fresh;
  } catch (error) {
    await deletePod(context, podName);
    throw error;
  }
}

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
        if (await node.run((signal) => replaceOnce(context, member, lost, signal))) return;
      } catch (error) {
        if (node.signal.aborted) return;
        context.emit({ nodeKey, type: "failed", message: `${loss}; a new Pod did not come up: ${errorText(error)}` });
      }
      await context.clock.sleep(pauseMs, node.signal);
    }
  } catch (error) {
    if (!node.signal.aborted)
      context.logger.error({ nodeKey, error: errorText(error) }, "the replacement of a member of a group ended");
  } finally {
    node.replacing = false;
  }
}

/** True when the node serves again, or is no longer there to be replaced. */
async function replaceOnce(context: CacheContext, member: Member, lost: V1Pod, signal: AbortSignal): Promise<boolean> {
  const { group, shard, node } = member;
  if (node.pod?.metadata?.uid !== lost.metadata?.uid) return true;
  const { service } = await findNode(context, node.nodeKey);
  if (service === undefined) return true;
  const dataKept = group.isPrimary(node.nodeKey)
    ? await refillPrimary(context, member, service, signal)
    : await refillReplica(context, member, service, signal);
  node.replacing = false;
  await updateReaders(context, group, shard);
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
  const fresh = await spawnReplica(context, member, signal, () => primaryEngine(context, group, shard));
  await group.run(() => completeSwitch(context, node, service, fresh.pod, signal), signal);
  // Another node may have become the primary while this one took over the data.
  const primary = primaryEngine(context, group, shard);
  if (primary !== undefined) await attach(context, fresh, primary, signal);
  return true;
}

/** The primary stays the primary: its new Pod gets the data of the best replica, when there is one. */
async function refillPrimary(
  context: CacheContext,
  member: Member,
  service: V1Service,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, shard, node } = member;
  return await group.run(async () => {
    const best = await bestReplica(context, replicasOf(context, group, shard), signal);
    if (best === undefined && replicasOf(context, group, shard).some((replica) => !replica.replacing))
      throw new FcError("FC_CACHE_NO_REPLICA", "The replicas do not answer, and may have the data", {
        retryable: true,
      });
    // A replica whose primary is gone gives its data to nobody.
    if (best !== undefined) await promote(context, best, signal);
    const fresh =
      best === undefined
        ? await spawnEmpty(context, node, signal)
        : await spawnReplica(context, member, signal, () => best);
    if (best !== undefined) await promote(context, fresh, signal);
    await completeSwitch(context, node, service, fresh.pod, signal);
    node.replacing = false;
    await followNewPrimary(context, group, shard, signal);
    return best !== undefined;
  }, signal);
}

async function spawnEmpty(context: CacheContext, { spec }: CacheNode, signal: AbortSignal): Promise<EnginePod> {
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  return { pod: await spawnPod(context, spec, { podName, rdb: undefined }, signal), engine: spec.engine };
}
