import { errorText, FcError } from "@fc/core";
import type { CacheNodeSpec, CacheNodeStatus } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import { switchPatch } from "../pod/build-cache-service.ts";
import { cachePodName } from "../pod/cache-names.ts";
import { fetchRdb } from "../rdb/fetch-rdb.ts";
import { storeTemporaryRdb, type TemporaryRdb } from "../rdb/rdb-source.ts";
import { EngineReplyError } from "../resp/resp-connection.ts";
import type { CacheContext } from "./cache-context.ts";
import type { CacheNode } from "./cache-node.ts";
import { deletePod, retirePod } from "./delete-pod.ts";
import { countKeys, dialEngine, type KeyCount, withEngine } from "./engine-link.ts";
import { spawnPod } from "./spawn-pod.ts";
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
  const podName = cachePodName(spec.resourceId, spec.nodeKey, context.newId());
  let fresh: V1Pod | undefined;
  try {
    fresh = await spawnPod(context, spec, { podName, rdb: data?.rdb }, signal);
    if (data !== undefined) verifyKeys(data.count, await countKeys(context, fresh, spec.engine, signal));
    const status = await completeSwitch(context, node, service, fresh, signal);
    await retirePod(context, old);
    return status;
  } catch (error) {
    if (fresh !== undefined) await switchBack(context, node, running, podName);
    await data?.release();
    throw error;
  }
}

/** The switch may have been made although its answer was an error, so it is undone before the new Pod goes. */
async function switchBack(
  context: CacheContext,
  node: CacheNode,
  running: { readonly service: V1Service; readonly pod: V1Pod },
  freshName: string,
): Promise<void> {
  const { name = "" } = running.service.metadata ?? {};
  node.pod = running.pod;
  await context.client.patchService(name, switchPatch(node.spec, running.pod.metadata?.name ?? ""));
  await deletePod(context, freshName);
}

/** A copy of an engine's data, taken while its writes wait. */
export interface CopiedData extends AsyncDisposable {
  readonly rdb: TemporaryRdb;
  readonly count: KeyCount;
  /** Lets the writes go on. */
  release(): Promise<void>;
}

/** Longer than any copy and start may take; the engine itself ends the pause then. */
const pauseMs = 600_000;

/** Holds the engine's writes back, counts its keys and copies its data. When it rejects, the writes go on. */
export async function copyData(
  context: CacheContext,
  target: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<CopiedData> {
  const { pod, engine } = target;
  await pauseWrites(context, target, signal);
  const release = (): Promise<void> => resumeWrites(context, target);
  try {
    const count = await countKeys(context, pod, engine, signal);
    const dial = (each: AbortSignal) => dialEngine(context, pod, engine, each);
    const rdb = await fetchRdb({ dial, clock: context.clock, signal }, (transfer) =>
      storeTemporaryRdb(context.blobs, transfer.content, transfer.sizeBytes),
    );
    return { rdb, count, release, [Symbol.asyncDispose]: () => rdb[Symbol.asyncDispose]() };
  } catch (error) {
    await release();
    throw error;
  }
}

async function pauseWrites(
  context: CacheContext,
  target: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
  signal: AbortSignal,
): Promise<void> {
  const what = `holding the writes of Pod ${target.pod.metadata?.name}`;
  try {
    await withEngine(context, { ...target, what }, signal, (connection, deadline) =>
      connection.call(["CLIENT", "PAUSE", String(pauseMs), "WRITE"], deadline),
    );
  } catch (error) {
    // Redis before 6.2 cannot hold back writes alone: those during the copy are then lost, as any reboot may lose them.
    if (!(error instanceof EngineReplyError)) throw error;
    context.logger.warn(
      { pod: target.pod.metadata?.name, error: errorText(error) },
      "the engine does not hold writes back",
    );
  }
}

async function resumeWrites(
  context: CacheContext,
  target: { readonly pod: V1Pod; readonly engine: CacheNodeSpec["engine"] },
): Promise<void> {
  const what = `letting the writes of Pod ${target.pod.metadata?.name} go on`;
  try {
    // Not the caller's signal: this has to happen after an abort too.
    await withEngine(context, { ...target, what }, new AbortController().signal, (connection, deadline) =>
      connection.call(["CLIENT", "UNPAUSE"], deadline),
    );
  } catch (error) {
    context.logger.warn(
      { pod: target.pod.metadata?.name, error: errorText(error) },
      "the engine's writes stay held back",
    );
  }
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
