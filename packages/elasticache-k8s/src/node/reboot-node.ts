import { FcError } from "@fc/core";
import type { CacheNodeSpec, CacheNodeStatus } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import { dropOldClaims } from "../persistence/claims.ts";
import { switchPatch } from "../pod/build-cache-service.ts";
import { cachePodName } from "../pod/cache-names.ts";
import type { CacheContext } from "./cache-context.ts";
import type { CacheNode } from "./cache-node.ts";
import { copyData } from "./copy-data.ts";
import { retirePod } from "./delete-pod.ts";
import { countKeys, type KeyCount } from "./engine-link.ts";
import { specOf } from "./find-node.ts";
import { removeSpawned, spawnPod } from "./spawn-pod.ts";
import { completeSwitch } from "./start-node.ts";

/**
 * A new Pod with the old one's data behind the same Service: the data is copied, the new engine verified, the Service switched,
 * and only then does the old Pod go. Writes wait on the old engine meanwhile, so none is lost. Whatever fails before the switch
 * leaves the old engine serving.
 */
export async function rebootPod(
  context: CacheContext,
  node: CacheNode,
  running: { readonly service: V1Service; readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const { spec } = node;
  const { service, pod: old } = running;
  const keepsData = hasRdb(spec.engine) && hasRdb(running.engine);
  await using data = keepsData ? await copyData(context, { pod: old, engine: running.engine }, signal) : undefined;
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  let fresh: V1Pod | undefined;
  try {
    fresh = await spawnPod(context, spec, { podName, rdb: data?.rdb, urgent: keepsData }, signal);
    if (data !== undefined) verifyKeys(data.count, await countKeys(context, fresh, spec.engine, signal));
    const status = await completeSwitch(context, node, service, fresh, signal);
    await retirePod(context, old);
    await dropOldClaims(context, spec.nodeKey, fresh, service);
    return status;
  } catch (error) {
    if (fresh !== undefined) await switchBack(context, node, running, fresh);
    await data?.release();
    throw error;
  }
}

/** The switch may have been made although its answer was an error, so it is undone before the new Pod goes. */
async function switchBack(
  context: CacheContext,
  node: CacheNode,
  running: { readonly service: V1Service; readonly pod: V1Pod },
  fresh: V1Pod,
): Promise<void> {
  const { name = "" } = running.service.metadata ?? {};
  node.pod = running.pod;
  const before = specOf(running.service) ?? node.spec;
  await context.client.patchService(name, switchPatch(before, running.pod));
  await removeSpawned(context, fresh);
}

/** Keys may expire between the two counts, and only those. @throws FcError `FC_CACHE_KEYS_DIFFER` */
export function verifyKeys(before: KeyCount, after: KeyCount): void {
  if (after.keys <= before.keys && after.keys >= before.keys - before.expires) return;
  throw new FcError(
    "FC_CACHE_KEYS_DIFFER",
    `The old engine has ${before.keys} keys (${before.expires} that expire), the new one came up with ${after.keys}`,
    { details: { before, after } },
  );
}
