import type { CacheNodeStatus } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import type { StoredBytes } from "../state/transition-records.ts";
import { isComingUp } from "../transitions/outcome.ts";
import { startWithRetries } from "../transitions/start-call.ts";
import { serverlessSpec } from "./serverless-spec.ts";

/** Ends `creating`: `available`, or `create-failed` with the reason in an event. */
export async function createServerless(plane: Plane, begun: ServerlessCacheRecord, signal: AbortSignal): Promise<void> {
  const cache = plane.state.currentServerless(begun);
  if (cache?.transition?.kind !== "create") return;
  const { restore, restoredFrom } = cache.transition;
  try {
    const status = await startEngine(plane, cache, restore, signal);
    if (restoredFrom !== undefined) tell(plane, cache, `Restored from snapshot ${restoredFrom}`);
    becomeAvailable(plane, cache, status, `Serverless cache ${cache.id} created`);
  } catch (error) {
    if (signal.aborted) return;
    const message = `Failed to create serverless cache ${cache.id}: ${failureText(error)}`;
    plane.logger.warn({ cache: cache.id, account: cache.account, region: cache.region }, message);
    plane.state.updateServerless(cache, (current) => ({ ...settled(current), status: "create-failed" }));
    tell(plane, cache, message);
  } finally {
    if (restore !== undefined) await plane.bytes.release(restore.sha256);
  }
}

/** Makes sure that the engine of a known cache runs: after a restart of this process, and when a lost one is back. */
export async function adoptServerless(
  plane: Plane,
  begun: ServerlessCacheRecord,
  signal: AbortSignal,
  message?: string,
): Promise<void> {
  for (let first = true; !signal.aborted; first = false) {
    const cache = plane.state.currentServerless(begun);
    if (cache === undefined || cache.status === "deleting") return;
    try {
      return becomeAvailable(plane, cache, await startEngine(plane, cache, undefined, signal), message);
    } catch (error) {
      if (signal.aborted) return;
      // Its data may be in the cluster still, and its address is: it is asked for until it comes.
      if (first) {
        plane.state.updateServerless(cache, (current) =>
          current.transition === undefined
            ? { ...current, status: "modifying", transition: { kind: "recover" } }
            : current,
        );
        tell(plane, cache, `Failed to recover serverless cache ${cache.id}: ${failureText(error)}`);
      }
      await plane.clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }
}

const retryMs = 30_000;

/** The backend replaces a lost engine and tells when it is done; if it never does, the engine is asked for again. */
export async function recoverServerless(
  plane: Plane,
  begun: ServerlessCacheRecord,
  signal: AbortSignal,
): Promise<void> {
  await plane.clock.sleep(plane.settings.createTimeoutSeconds * 1000, signal).catch(() => undefined);
  if (!signal.aborted && plane.state.currentServerless(begun)?.transition?.kind === "recover")
    await adoptServerless(plane, begun, signal);
}

/** The cache at rest: without its transition. */
export function settled(cache: ServerlessCacheRecord): ServerlessCacheRecord {
  const { transition: _ended, ...rest } = cache;
  return { ...rest, status: "available" };
}

function becomeAvailable(
  plane: Plane,
  cache: ServerlessCacheRecord,
  { endpoint, instance }: CacheNodeStatus,
  message: string | undefined,
): void {
  plane.state.transaction(() => {
    const changed = plane.state.updateServerless(cache, (current) => ({
      ...(isComingUp(current) ? settled(current) : current),
      endpoint,
      instance,
    }));
    if (changed !== undefined && message !== undefined) tell(plane, changed, message);
  });
}

function startEngine(
  plane: Plane,
  cache: ServerlessCacheRecord,
  restore: StoredBytes | undefined,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  return startWithRetries(plane, `starting serverless cache ${cache.id}`, signal, (options) =>
    plane.backend.start(serverlessSpec(plane.state, cache), {
      ...options,
      ...(restore === undefined ? {} : { restore }),
    }),
  );
}

function tell(plane: Plane, cache: ServerlessCacheRecord, message: string): void {
  plane.events.add(cache, "serverless-cache", cache.id, message);
}
