import type { BlobRef } from "@fc/core";
import { errorText, FcError } from "@fc/core";
import type {
  CacheGroupSpec,
  CacheGroupStatus,
  CacheNodeStatus,
  CacheShardSpec,
  CacheShardStatus,
} from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import { removeNode } from "../node/delete-node.ts";
import { type FoundNode, findNode, lossOf } from "../node/find-node.ts";
import { startNode } from "../node/start-node.ts";
import { isClusterMode } from "../slots/cluster-mode.ts";
import { configurationEndpoint, makeConfigurationService } from "../slots/configuration-endpoint.ts";
import { formCluster } from "../slots/form-cluster.ts";
import type { CacheGroup } from "./cache-group.ts";
import { detachFormer } from "./detach.ts";
import { findShardServices, makeShardServices, recordedPrimary, removeFormerShards } from "./group-endpoints.ts";
import { attach, type EnginePod, promote, replicationOf } from "./replication.ts";
import { engineOf, updateEndpoints } from "./shard-endpoints.ts";

export interface StartGroupOptions {
  /** By shard id: data of new shards. */
  readonly restore?: Readonly<Record<string, BlobRef>> | undefined;
  /** What the group was: nodes that are no members any more are detached. */
  readonly former: CacheGroupSpec;
  readonly signal: AbortSignal;
}

/**
 * Makes the group what its specification says. The nodes are those of the specification. When it rejects, the nodes that were not
 * there before are gone.
 */
export async function startGroup(
  context: CacheContext,
  group: CacheGroup,
  nodes: readonly CacheNode[],
  options: StartGroupOptions,
): Promise<CacheGroupStatus> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const found = new Map<string, FoundNode>();
  await Promise.all(nodes.map(async ({ nodeKey }) => void found.set(nodeKey, await findNode(context, nodeKey))));
  const isNew = ({ nodeKey }: CacheNode): boolean => found.get(nodeKey)?.state !== "available";
  const clustered = isClusterMode(group.spec);
  if (clustered) await makeConfigurationService(context, group.spec);
  const running = group.spec.shards.map((shard) => {
    const members = nodes.filter(({ nodeKey }) => shard.nodes.some((node) => node.nodeKey === nodeKey));
    return startShard(context, group, { shard, members, found, restore: options.restore?.[shard.shardId] }, signal);
  });
  const settled = await Promise.allSettled(
    running.map((each) =>
      each.catch((error: unknown) => {
        stop.abort(error);
        throw error;
      }),
    ),
  );
  const failed = settled.find((each) => each.status === "rejected");
  let slotsMove = false;
  try {
    if (failed !== undefined) throw failed.reason;
    if (clustered)
      await formCluster(context, group, signal, {
        onMove: () => {
          slotsMove = true;
        },
      });
    else await detachFormer(context, options.former, group.spec, signal);
    await removeFormerShards(context, group);
    const pods = nodes.flatMap(({ pod }) => pod ?? []);
    return {
      ...statusNow(context, group, settled),
      ...(clustered ? { configurationEndpoint: await configurationEndpoint(context, group.spec, pods, signal) } : {}),
    };
  } catch (error) {
    // New nodes that have slots of others by now are theirs to keep.
    if (!slotsMove) await Promise.all(nodes.filter(isNew).map((node) => undo(context, node)));
    if (nodes.every(isNew)) await removeNode(context, group.groupKey);
    throw error;
  }
}

/** As it is by now: while slots moved, nodes may have got new Pods and shards other primaries. */
function statusNow(
  context: CacheContext,
  group: CacheGroup,
  settled: readonly PromiseSettledResult<StartedShard>[],
): Pick<CacheGroupStatus, "shards" | "nodes"> {
  const started = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const nodes = started.flatMap((each) => each.nodes);
  return {
    shards: started.map(({ status }) => ({
      ...status,
      primary: group.primaries.get(status.shardId) ?? status.primary,
    })),
    nodes: Object.fromEntries(
      nodes.map(([nodeKey, status]) => {
        const instance = context.nodes.get(nodeKey)?.pod?.metadata?.name ?? status.instance;
        return [nodeKey, { ...status, instance }];
      }),
    ),
  };
}

/** Takes back a node that was made for a group that did not come up. */
async function undo(context: CacheContext, node: CacheNode): Promise<void> {
  await node.run(() => {
    node.pod = undefined;
    return removeNode(context, node.nodeKey);
  });
}

interface StartedShard {
  readonly status: CacheShardStatus;
  readonly nodes: readonly (readonly [nodeKey: string, status: CacheNodeStatus])[];
}

interface ShardToStart {
  readonly shard: CacheShardSpec;
  readonly members: readonly CacheNode[];
  readonly found: ReadonlyMap<string, FoundNode>;
  readonly restore: BlobRef | undefined;
}

/** The primary comes up, or is found; the replicas come up beside it and attach to it before anybody is led to them. */
async function startShard(
  context: CacheContext,
  group: CacheGroup,
  what: ShardToStart,
  signal: AbortSignal,
): Promise<StartedShard> {
  const { shard, members, restore } = what;
  const primary = await group.run(() => choosePrimary(context, group, what, signal), signal);
  const primaryUp = primary.run((within) => startPrimary(context, primary, restore, within), signal);
  const replicasUp = members
    .filter((node) => node !== primary)
    .map((node) => node.run((within) => startReplica(context, node, { primary, primaryUp }, within), signal));
  const statuses = await allOrFirstError(
    [primaryUp, ...replicasUp],
    members.filter((node) => node === primary).concat(members.filter((node) => node !== primary)),
  );
  const status = await group.run(async () => {
    const pod = primary.pod;
    if (pod === undefined || group.primaries.get(shard.shardId) !== primary.nodeKey)
      throw new FcError("FC_CACHE_ROLE_CHANGED", `Another node of ${group.spec.groupId} became the primary meanwhile`, {
        retryable: true,
      });
    return await updateEndpoints(context, group, shard, pod, signal);
  }, signal);
  return { status, nodes: statuses };
}

/** Waits for all, so that nothing is under way when the first failure is told. */
async function allOrFirstError(
  running: readonly Promise<CacheNodeStatus>[],
  nodes: readonly CacheNode[],
): Promise<(readonly [string, CacheNodeStatus])[]> {
  const settled = await Promise.allSettled(running);
  const failed = settled.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.map((each, index) => [
    nodes[index]?.nodeKey ?? "",
    (each as PromiseFulfilledResult<CacheNodeStatus>).value,
  ]);
}

async function startPrimary(
  context: CacheContext,
  node: CacheNode,
  restore: BlobRef | undefined,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const status = await startNode(context, node, { restore }, signal);
  const engine = engineOf(node);
  if (engine !== undefined && (await replicationOf(context, engine, signal)).role === "replica")
    await promote(context, engine, signal);
  return status;
}

async function startReplica(
  context: CacheContext,
  node: CacheNode,
  to: { readonly primary: CacheNode; readonly primaryUp: Promise<unknown> },
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const primaryEngine = async (): Promise<EnginePod> => {
    await to.primaryUp;
    const engine = engineOf(to.primary);
    if (engine === undefined)
      throw new FcError("FC_CACHE_ROLE_CHANGED", "The primary was lost while its replicas started", {
        retryable: true,
      });
    return engine;
  };
  const attachToPrimary = async (engine: EnginePod, within: AbortSignal): Promise<void> => {
    const primary = await primaryEngine();
    await attach(context, engine, primary, within, () => engineOf(to.primary)?.pod === primary.pod);
  };
  const { engine } = node.spec;
  const prepare = (pod: V1Pod, within: AbortSignal): Promise<void> => attachToPrimary({ pod, engine }, within);
  const status = await startNode(context, node, { prepare }, signal);
  const running = engineOf(node);
  // One that ran already may follow a Pod that is no more.
  if (running !== undefined) await attachToPrimary(running, signal);
  return status;
}

/**
 * Who is the primary: the one that this process knows, or that the shard's Service names, when it lives; else the node that has the
 * most data; of a new shard the first. Never an empty one while another has data.
 */
async function choosePrimary(
  context: CacheContext,
  group: CacheGroup,
  { shard, members, found }: ShardToStart,
  signal: AbortSignal,
): Promise<CacheNode> {
  const byKey = (nodeKey: string | undefined): CacheNode | undefined =>
    members.find((node) => node.nodeKey === nodeKey);
  const services = await findShardServices(context, group.spec, shard);
  const known = byKey(group.primaries.get(shard.shardId) ?? recordedPrimary(services.primary));
  const alive = (node: CacheNode): boolean => {
    const pod = found.get(node.nodeKey)?.current;
    return pod !== undefined && pod.status?.phase === "Running" && lossOf(pod) === undefined;
  };
  let chosen = known;
  if (known === undefined || !alive(known)) {
    const offsets = await Promise.all(
      members.filter(alive).map(async (node) => ({ node, offset: await offsetOf(context, node, found, signal) })),
    );
    const best = offsets.filter(({ offset }) => offset >= 0).sort((a, b) => b.offset - a.offset)[0];
    chosen = best?.node ?? known ?? members[0];
  }
  if (chosen === undefined) throw new FcError("FC_CACHE_NO_NODE", `Shard ${shard.shardId} has no node`);
  group.primaries.set(shard.shardId, chosen.nodeKey);
  await makeShardServices(context, group.spec, shard, chosen.nodeKey);
  return chosen;
}

/** How much of the replication stream a running node has; -1 when it cannot be a primary. */
async function offsetOf(
  context: CacheContext,
  node: CacheNode,
  found: ReadonlyMap<string, FoundNode>,
  signal: AbortSignal,
): Promise<number> {
  const pod = found.get(node.nodeKey)?.current;
  if (pod === undefined) return -1;
  try {
    const { offset, syncing } = await replicationOf(context, { pod, engine: node.spec.engine }, signal);
    return syncing ? -1 : offset;
  } catch (error) {
    signal.throwIfAborted();
    context.logger.warn({ nodeKey: node.nodeKey, error: errorText(error) }, "a member of a group does not answer");
    return -1;
  }
}
