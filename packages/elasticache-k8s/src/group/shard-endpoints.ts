import type { CacheShardSpec, CacheShardStatus } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import type { CacheGroup } from "./cache-group.ts";
import { pointToPrimary, serveReaders } from "./group-endpoints.ts";
import type { EnginePod } from "./replication.ts";

/** The nodes of a shard that this process works with, the primary left out. */
export function replicasOf(context: CacheContext, group: CacheGroup, shard: CacheShardSpec): CacheNode[] {
  const primary = group.primaries.get(shard.shardId);
  return shard.nodes
    .filter(({ nodeKey }) => nodeKey !== primary)
    .flatMap(({ nodeKey }) => context.nodes.get(nodeKey) ?? []);
}

/** The node's engine, unless its Pod is lost. */
export function engineOf(node: CacheNode | undefined): EnginePod | undefined {
  if (node?.pod === undefined || node.replacing) return undefined;
  return { pod: node.pod, engine: node.spec.engine };
}

/** The engine of the shard's primary, unless its Pod is lost. */
export function primaryEngine(context: CacheContext, group: CacheGroup, shard: CacheShardSpec): EnginePod | undefined {
  return engineOf(context.nodes.get(group.primaries.get(shard.shardId) ?? ""));
}

/** Whether the Pod is still that of the shard's primary, and not lost. */
export function isPrimaryPod(context: CacheContext, group: CacheGroup, shard: CacheShardSpec, pod: V1Pod): boolean {
  return primaryEngine(context, group, shard)?.pod.metadata?.uid === pod.metadata?.uid;
}

/**
 * Makes both endpoints of the shard lead to the nodes that have the roles now: `pod` is the primary's. With `settled`, resolves only
 * when they are seen to lead there.
 */
export async function updateEndpoints(
  context: CacheContext,
  group: CacheGroup,
  shard: CacheShardSpec,
  pod: V1Pod,
  settled?: AbortSignal,
): Promise<CacheShardStatus> {
  const primary = group.primaries.get(shard.shardId) ?? "";
  const { status, services } = await pointToPrimary(context, group.spec, shard, { primary, pod });
  const readers = await updateReaders(context, group, shard);
  group.serving.add(shard.shardId);
  const [spec] = shard.nodes;
  if (settled !== undefined && spec !== undefined) {
    await context.routes.settled(context, spec, services.primary, [pod], settled);
    await context.routes.settled(context, spec, services.reader, readers, settled);
  }
  return status;
}

/** Readers go to the replicas, or to the primary when there is none that serves. Gives those Pods. */
export async function updateReaders(
  context: CacheContext,
  group: CacheGroup,
  shard: CacheShardSpec,
): Promise<readonly V1Pod[]> {
  const replicas = replicasOf(context, group, shard).flatMap((node) => engineOf(node)?.pod ?? []);
  const primary = primaryEngine(context, group, shard)?.pod;
  const pods = replicas.length > 0 ? replicas : primary === undefined ? [] : [primary];
  await serveReaders(context, group.spec, shard, pods);
  return pods;
}

/** What a node's new Pod means to its group: the primary's endpoint follows it. Nothing for a node that is alone. */
export async function followSwitch(
  context: CacheContext,
  node: CacheNode,
  pod: V1Pod,
  signal: AbortSignal,
): Promise<void> {
  const group = context.groups.of(node.nodeKey);
  const shard = group?.shardOf(node.nodeKey);
  if (group === undefined || shard === undefined || !group.isPrimary(node.nodeKey)) return;
  if (!group.serving.has(shard.shardId)) return;
  await updateEndpoints(context, group, shard, pod, signal);
}

/** Resolves when the endpoints of a member's shard are seen to lead to the Pods that are its engines now: a former one may lack what clients need. */
export async function settleEndpoints(context: CacheContext, nodeKey: string, signal: AbortSignal): Promise<void> {
  const group = context.groups.of(nodeKey);
  const shard = group?.shardOf(nodeKey);
  // Clients of slots go to the nodes themselves.
  if (group === undefined || shard === undefined || shard.slots !== undefined) return;
  await group.run(async () => {
    const primary = primaryEngine(context, group, shard);
    if (primary !== undefined) await updateEndpoints(context, group, shard, primary.pod, signal);
  }, signal);
}
