import type { CacheNodeSpec, CacheNodeStatus } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import { retirePod } from "../node/delete-pod.ts";
import { specOf } from "../node/find-node.ts";
import { rebootPod } from "../node/reboot-node.ts";
import { removeSpawned } from "../node/spawn-pod.ts";
import { completeSwitch } from "../node/start-node.ts";
import { dropOldClaims } from "../persistence/claims.ts";
import { switchPatch } from "../pod/build-cache-service.ts";
import { askMembers } from "../slots/cluster-member.ts";
import { isClusterMode } from "../slots/cluster-mode.ts";
import { rejoin } from "../slots/rejoin.ts";
import { bestReplica, promoteReplica } from "./fail-over.ts";
import { type Member, memberOf, spawnReplica, switchPrimary } from "./member-pod.ts";
import type { EnginePod } from "./replication.ts";
import { primaryEngine, replicasOf, updateEndpoints, updateReaders } from "./shard-endpoints.ts";

/** A new Pod for the node, by itself or as the member of a group that it is. */
export async function rebootNode(
  context: CacheContext,
  node: CacheNode,
  running: { readonly service: V1Service; readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const member = memberOf(context, node);
  if (member === undefined) return await rebootPod(context, node, running, signal);
  await hearInClear(context, member, signal);
  await giveWay(context, member, signal);
  return await rebootMember(context, member, running, signal);
}

/** What talks encrypted does not hear a new Pod in clear: all nodes of its cluster change over before there is one. */
async function hearInClear(context: CacheContext, { group, node }: Member, signal: AbortSignal): Promise<void> {
  if (isClusterMode(group.spec) && node.spec.access?.tls === undefined) await askMembers(context, group, signal);
}

/**
 * In cluster mode another node serves the writes first, if there is one: the engine tells clients where they find it, and could not tell them of a new
 * Pod that is behind the same address.
 */
async function giveWay(context: CacheContext, { group, shard, node }: Member, signal: AbortSignal): Promise<void> {
  if (!isClusterMode(group.spec) || !group.isPrimary(node.nodeKey)) return;
  const best = await bestReplica(context, replicasOf(context, group, shard), signal);
  if (best === undefined) return;
  await promoteReplica(context, group, shard, best.node.nodeKey, signal);
  const message = `${best.pod.metadata?.name} serves the writes while ${node.nodeKey} gets a new Pod`;
  context.emit({ nodeKey: best.node.nodeKey, type: "promoted", message });
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
    await rejoin(context, group, node, signal);
    await dropOldClaims(context, node.nodeKey, fresh.pod, running.service);
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
  await context.client.patchService(running.service.metadata?.name ?? "", switchPatch(before, running.pod));
  if (group.isPrimary(node.nodeKey)) await updateEndpoints(context, group, shard, running.pod);
  await removeSpawned(context, fresh);
}
