import { errorText } from "@fc/core";
import type { CacheShardSpec } from "@fc/elasticache/backend";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import type { CacheGroup } from "./cache-group.ts";
import { handOver, stepDown } from "./hand-over.ts";
import { attach, type EnginePod, follow, promote, type Replication, replicationOf } from "./replication.ts";
import {
  engineOf,
  isPrimaryPod,
  primaryEngine,
  replicasOf,
  updateEndpoints,
  updateReaders,
} from "./shard-endpoints.ts";

const askTimeoutMs = 1_000;

interface Candidate extends EnginePod {
  readonly node: CacheNode;
  readonly replication: Replication;
}

/** The replica with the most of the replication stream; one without a whole data set never. Undefined when none answers. */
export async function bestReplica(
  context: CacheContext,
  nodes: readonly CacheNode[],
  signal: AbortSignal,
): Promise<Candidate | undefined> {
  const asked = nodes.map(async (node): Promise<Candidate[]> => {
    const engine = engineOf(node);
    if (engine === undefined) return [];
    try {
      return [{ ...engine, node, replication: await replicationOf(context, engine, signal, askTimeoutMs) }];
    } catch (error) {
      signal.throwIfAborted();
      context.logger.warn({ nodeKey: node.nodeKey, error: errorText(error) }, "a replica does not answer");
      return [];
    }
  });
  const whole = (await Promise.all(asked)).flat().filter(({ replication }) => !replication.syncing);
  return whole.sort((a, b) => b.replication.offset - a.replication.offset)[0];
}

/**
 * The primary's Pod is lost: the best replica takes its place, and the others follow that. While the old engine still answers (its
 * Pod is being deleted) nothing of it is lost. False when there is no replica to promote.
 */
export async function failOver(
  context: CacheContext,
  group: CacheGroup,
  shard: CacheShardSpec,
  lost: { readonly node: CacheNode; readonly engine: EnginePod; readonly alive: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  return await group.run(async () => {
    // Somebody was quicker.
    if (group.primaries.get(shard.shardId) !== lost.node.nodeKey) return true;
    const best = await bestReplica(context, replicasOf(context, group, shard), signal);
    if (best === undefined) return false;
    const commit = async (): Promise<void> => {
      group.primaries.set(shard.shardId, best.node.nodeKey);
      await updateEndpoints(context, group, shard, best.pod);
    };
    const handed = lost.alive && (await tryHandOver(context, lost.engine, best, signal, commit));
    if (!handed) {
      await promote(context, best, signal);
      await commit();
    }
    const message = `${best.pod.metadata?.name} serves the writes of the primary that was lost`;
    context.emit({ nodeKey: best.node.nodeKey, type: "promoted", message });
    await followNewPrimary(context, group, shard, signal);
    if (lost.alive) await stepDown(context, lost.engine, best);
    return true;
  }, signal);
}

async function tryHandOver(
  context: CacheContext,
  from: EnginePod,
  to: EnginePod,
  signal: AbortSignal,
  commit: () => Promise<void>,
): Promise<boolean> {
  try {
    await handOver(context, from, to, signal, commit);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    context.logger.warn({ pod: from.pod.metadata?.name, error: errorText(error) }, "a primary could not hand over");
    return false;
  }
}

/** Makes a replica the primary, at somebody's wish. Every node of the shard must serve. */
export async function promoteReplica(
  context: CacheContext,
  group: CacheGroup,
  shard: CacheShardSpec,
  nodeKey: string,
  signal: AbortSignal,
): Promise<void> {
  await group.run(async () => {
    if (group.primaries.get(shard.shardId) === nodeKey) return;
    const from = primaryEngine(context, group, shard);
    const to = engineOf(context.nodes.get(nodeKey));
    if (from === undefined || to === undefined) throw new Error("the primary or the replica is being replaced");
    await handOver(context, from, to, signal, async () => {
      group.primaries.set(shard.shardId, nodeKey);
      await updateEndpoints(context, group, shard, to.pod, signal);
    });
    await followNewPrimary(context, group, shard, signal);
    await stepDown(context, from, to);
    for (const node of replicasOf(context, group, shard)) {
      const engine = engineOf(node);
      if (engine !== undefined)
        await attach(context, engine, to, signal, () => isPrimaryPod(context, group, shard, to.pod));
    }
    await updateReaders(context, group, shard);
  }, signal);
}

/** Tells every replica that serves to follow the shard's primary. One that does not answer is found lost, and made anew. */
export async function followNewPrimary(
  context: CacheContext,
  group: CacheGroup,
  shard: CacheShardSpec,
  signal: AbortSignal,
): Promise<void> {
  const primary = primaryEngine(context, group, shard);
  if (primary === undefined) return;
  const following = replicasOf(context, group, shard).map(async (node) => {
    const engine = engineOf(node);
    if (engine === undefined) return;
    await follow(context, engine, primary, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      context.logger.warn({ nodeKey: node.nodeKey, error: errorText(error) }, "a replica does not follow");
    });
  });
  await Promise.all(following);
}
