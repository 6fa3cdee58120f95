import { FcError } from "@fc/core";
import type { CacheNodeStatus, CacheShardSpec } from "@fc/elasticache/backend";
import type { V1Service } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import type { CacheNode } from "../node/cache-node.ts";
import { removeSpawned, spawnPod } from "../node/spawn-pod.ts";
import { completeSwitch } from "../node/start-node.ts";
import { cachePodName } from "../pod/cache-names.ts";
import { isClusterMode } from "../slots/cluster-mode.ts";
import type { CacheGroup } from "./cache-group.ts";
import { followNewPrimary } from "./fail-over.ts";
import { handOver, stepDown } from "./hand-over.ts";
import { attach, type EnginePod } from "./replication.ts";

const waitMs = 100;

/** A member of a group, and where it stands. */
export interface Member {
  readonly group: CacheGroup;
  readonly shard: CacheShardSpec;
  readonly node: CacheNode;
}

/** The node as a member that others have to do with: replicas, or the nodes of a cluster. Undefined of one that is by itself. */
export function memberOf(context: CacheContext, node: CacheNode): Member | undefined {
  const group = context.groups.of(node.nodeKey);
  const shard = group?.shardOf(node.nodeKey);
  if (group === undefined || shard === undefined) return undefined;
  return shard.nodes.length > 1 || isClusterMode(group.spec) ? { group, shard, node } : undefined;
}

/** The primary gets the new Pod, which has its data: writes wait for moments only. */
export async function switchPrimary(
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
  node.replacing = false;
  await followNewPrimary(context, group, shard, signal);
  await stepDown(context, old, fresh);
  return status as CacheNodeStatus;
}

/** A new Pod of the node that has all the data of `primary`, whichever that is by then; on failure it is gone. */
export async function spawnReplica(
  context: CacheContext,
  { node }: Member,
  signal: AbortSignal,
  primary: () => EnginePod | undefined,
): Promise<EnginePod> {
  const fresh = await spawnEmpty(context, node, signal);
  try {
    for (;;) {
      const to = primary();
      if (to === undefined) {
        // It is being replaced, too.
        await context.clock.sleep(waitMs, signal);
        continue;
      }
      try {
        await attach(context, fresh, to, signal, () => primary()?.pod === to.pod);
        return fresh;
      } catch (error) {
        if (!FcError.isInstance(error, "FC_CACHE_ROLE_CHANGED")) throw error;
      }
    }
  } catch (error) {
    await removeSpawned(context, fresh.pod);
    throw error;
  }
}

/** A new Pod of the node; with `claim`, with what is on that volume. */
export async function spawnEmpty(
  context: CacheContext,
  { spec }: CacheNode,
  signal: AbortSignal,
  claim?: string,
): Promise<EnginePod> {
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  return { pod: await spawnPod(context, spec, { podName, rdb: undefined, claim }, signal), engine: spec.engine };
}
