import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import type { StoredBytes } from "../state/transition-records.ts";
import { callBackend } from "../transitions/backend-call.ts";
import { serverlessSpec } from "./serverless-spec.ts";

/** Fills the snapshot with the cache's data, unless aborted: true when it is `available`, else it has failed. */
export async function storeServerlessSnapshot(
  plane: Plane,
  cache: ServerlessCacheRecord,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const status = plane.state.serverlessSnapshots.get(cache, name)?.status;
  // A process that died after the bytes were named must not store others in their place.
  if (status !== "creating") return status === "available";
  const call = {
    what: `storing serverless snapshot ${name}`,
    timeoutSeconds: plane.settings.snapshotTimeoutSeconds,
    signal,
  };
  const tell = (message: string): void => {
    plane.events.add(cache, "serverless-cache", cache.id, message);
    plane.events.add(cache, "serverless-cache-snapshot", name, message);
  };
  try {
    const spec = serverlessSpec(plane.state, cache);
    await plane.bytes.write(
      () => callBackend(plane, call, (options) => plane.backend.snapshot(spec, options)),
      (bytes) => finish(plane, cache, name, bytes),
    );
    tell(`Snapshot ${name} of serverless cache ${cache.id} created`);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    finish(plane, cache, name, undefined);
    const message = `Snapshot ${name} of serverless cache ${cache.id} failed: ${failureText(error)}`;
    plane.logger.warn({ cache: cache.id, account: cache.account, region: cache.region }, message);
    tell(message);
    return false;
  }
}

function finish(plane: Plane, cache: ServerlessCacheRecord, name: string, bytes: StoredBytes | undefined): void {
  const snapshot = plane.state.serverlessSnapshots.get(cache, name);
  if (snapshot === undefined) return;
  if (bytes === undefined) plane.state.serverlessSnapshots.set({ ...snapshot, status: "create-failed" });
  else plane.state.serverlessSnapshots.set({ ...snapshot, status: "available", bytes });
}
