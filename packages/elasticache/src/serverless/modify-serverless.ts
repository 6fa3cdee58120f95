import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import { callBackend } from "../transitions/backend-call.ts";
import { serverlessSpec } from "./serverless-spec.ts";
import { settled } from "./start-serverless.ts";

/** Ends `modifying`: what was pending is the cache's, or is dropped when the engine does not take it. */
export async function modifyServerless(plane: Plane, begun: ServerlessCacheRecord, signal: AbortSignal): Promise<void> {
  const cache = plane.state.currentServerless(begun);
  const pending = cache?.pending;
  if (cache?.transition?.kind !== "modify" || pending === undefined) return;
  const call = {
    what: `modifying serverless cache ${cache.id}`,
    timeoutSeconds: plane.settings.rebootTimeoutSeconds,
    signal,
  };
  const upgrades = pending.engine !== cache.engine || pending.engineVersion !== cache.engineVersion;
  let message = `Serverless cache ${cache.id} modified`;
  let taken = true;
  try {
    await callBackend(plane, call, async (within) => {
      const spec = serverlessSpec(plane.state, cache);
      if (upgrades) return void (await plane.backend.reboot(spec, { signal: within }));
      await plane.backend.applyParameters(spec, { signal: within });
      await plane.backend.applyAccess(spec, { signal: within });
    });
  } catch (error) {
    if (signal.aborted) return;
    taken = false;
    message = `The modification failed and serverless cache ${cache.id} keeps running as it was: ${failureText(error)}`;
    plane.logger.warn({ cache: cache.id, account: cache.account, region: cache.region }, message);
  }
  plane.state.transaction(() => {
    plane.state.updateServerless(cache, (current) => {
      const { pending: ended, userGroupId: _group, usageLimits: _limits, ...rest } = settled(current);
      if (taken) return { ...rest, ...ended };
      const { pending: _dropped, ...kept } = settled(current);
      return kept;
    });
    plane.events.add(cache, "serverless-cache", cache.id, message);
  });
}
