import { errorText } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import { dropOldClaims, takeOverClaim } from "../persistence/claims.ts";
import { cachePodName } from "../pod/cache-names.ts";
import { claimOf } from "../pod/data-volume.ts";
import type { CacheContext } from "./cache-context.ts";
import { failureReason } from "./cache-failure.ts";
import type { CacheNode } from "./cache-node.ts";
import { type CopiedData, copyData } from "./copy-data.ts";
import { retirePod } from "./delete-pod.ts";
import { findNode, specOf } from "./find-node.ts";
import { spawnPod } from "./spawn-pod.ts";
import { completeSwitch } from "./start-node.ts";

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** A Pod that is being deleted has its engine for a while yet; what cannot be copied in this time goes with it. */
const rescueTimeoutMs = 15_000;

/**
 * Puts a new Pod behind the Service of a node whose Pod was lost, again and again until it serves or the node is deleted. The data
 * comes along when the old engine can still be read: when its Pod is being deleted (a drain, an eviction), not after a crash.
 */
export async function replaceNode(context: CacheContext, node: CacheNode, lost: V1Pod, loss: string): Promise<void> {
  const { nodeKey } = node;
  context.emit({ nodeKey, type: "lost", message: loss });
  let data: CopiedData | undefined;
  try {
    data = await node.run((signal) => rescueData(context, lost, signal));
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        if (await node.run((signal) => replaceOnce(context, node, lost, data, signal))) return;
      } catch (error) {
        if (node.signal.aborted) return;
        const message = `${loss}; a new Pod did not come up: ${failureReason(error)}: ${errorText(error)}`;
        context.emit({ nodeKey, type: "failed", message });
      }
      await context.clock.sleep(pauseMs, node.signal);
    }
  } catch (error) {
    if (!node.signal.aborted)
      context.logger.error({ nodeKey, error: errorText(error) }, "the replacement of a cache node ended");
  } finally {
    node.replacing = false;
    await data?.[Symbol.asyncDispose]();
  }
}

/** True when the node serves again, by us or by a start that came in between, or is no longer there to be replaced. */
async function replaceOnce(
  context: CacheContext,
  node: CacheNode,
  lost: V1Pod,
  data: CopiedData | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { spec } = node;
  if (node.pod?.metadata?.uid !== lost.metadata?.uid) return true;
  const { service } = await findNode(context, spec.nodeKey);
  if (service === undefined) return true;
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  const kept = data === undefined ? claimOf(lost) : undefined;
  const claim = await takeOverClaim(context, spec.nodeKey, kept, [lost]);
  const pod = await spawnPod(context, spec, { podName, rdb: data?.rdb, claim }, signal);
  await completeSwitch(context, node, service, pod, signal);
  // One that somebody deletes answers for a while yet: clients would stay with an engine whose writes wait.
  await retirePod(context, lost);
  await dropOldClaims(context, spec.nodeKey, pod, service);
  const dataKept = data !== undefined || claim !== undefined;
  const message = `Pod ${podName} answers at the same address, ${dataKept ? "with the data" : "empty"}`;
  context.emit({ nodeKey: spec.nodeKey, type: "recovered", message, dataKept });
  return true;
}

async function rescueData(context: CacheContext, lost: V1Pod, signal: AbortSignal): Promise<CopiedData | undefined> {
  const spec: CacheNodeSpec | undefined = specOf(lost);
  const running = lost.status?.containerStatuses?.[0]?.state?.running !== undefined;
  if (spec === undefined || !running || !hasRdb(spec.engine)) return undefined;
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(rescueTimeoutMs)]);
    return await copyData(context, { pod: lost, engine: spec.engine }, deadline);
  } catch (error) {
    signal.throwIfAborted();
    context.logger.warn(
      { pod: lost.metadata?.name, error: errorText(error) },
      "the data of a lost cache Pod could not be copied",
    );
    return undefined;
  }
}
