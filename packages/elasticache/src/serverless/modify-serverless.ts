import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import { callBackend } from "../transitions/backend-call.ts";
import { serverlessSpec } from "./serverless-spec.ts";
import { settled } from "./start-serverless.ts";

/** Ends `modifying`: what was pending is the cache's, or is dropped when the engine does not take it. */
export async function modifyServerless(plane: Plane, begun: ServerlessCacheRecord, signal: AbortSignal): Promise<void> {
  const cache = plane.state.currentServerless(begun);
  if (cache?.transition?.kind !== "modify" || cache.pending === undefined) return;
  const { pending, ...former } = cache;
  const call = {
    what: `modifying serverless cache ${cache.id}`,
    timeoutSeconds: plane.settings.rebootTimeoutSeconds,
    signal,
  };
  const apply = (wanted: ServerlessCacheRecord): Promise<void> =>
    callBackend(plane, call, async (options) => {
      const spec = serverlessSpec(plane.state, wanted);
      await plane.backend.applyParameters(spec, options);
      await plane.backend.applyAccess(spec, options);
    });
  const upgrades = pending.engine !== cache.engine || pending.engineVersion !== cache.engineVersion;
  let message = `Serverless cache ${cache.id} modified`;
  let taken = true;
  try {
    if (upgrades)
      await callBackend(plane, call, (options) => plane.backend.reboot(serverlessSpec(plane.state, cache), options));
    else await apply(cache);
  } catch (error) {
    if (signal.aborted) return;
    taken = false;
    message = `The modification failed and serverless cache ${cache.id} keeps running as it was: ${failureText(error)}`;
    plane.logger.warn({ cache: cache.id, account: cache.account, region: cache.region }, message);
    // It may have taken a part. One that cannot be told now has what the record says at its next start.
    if (!upgrades) await apply(former).catch(() => undefined);
    if (signal.aborted) return;
  }
  plane.state.transaction(() => {
    plane.state.updateServerless(cache, (current) => {
      const { pending: ended, ...kept } = settled(current);
      if (!taken) return kept;
      const { userGroupId: _group, usageLimits: _limits, ...rest } = kept;
      return { ...rest, ...ended };
    });
    plane.events.add(cache, "serverless-cache", cache.id, message);
  });
}
