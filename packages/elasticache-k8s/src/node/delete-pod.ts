import type { V1Pod } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import type { CacheContext } from "./cache-context.ts";
import { withEngine } from "./engine-link.ts";
import { specOf } from "./find-node.ts";

/** The engine has nothing to save, so it need not be waited for. */
const gracePeriodSeconds = 1;
const goneTimeoutMs = 60_000;

/** Deletes a Pod and resolves when it is gone; absent is fine. Takes no signal: it is what comes after an abort. */
export async function deletePod(context: CacheContext, name: string): Promise<void> {
  const pod = await context.client.getPod(name);
  if (pod?.metadata?.uid === undefined) return;
  const { uid } = pod.metadata;
  await endEngine(context, pod);
  await context.client.deletePod(name, { uid, gracePeriodSeconds });
  await context.client.waitForPodGone(name, uid, { timeoutMs: goneTimeoutMs });
}

/** Starts to delete a Pod that nobody needs any more and does not wait; what fails is tried again until it is done. */
export async function retirePod(context: CacheContext, pod: V1Pod): Promise<void> {
  const { name = "", uid } = pod.metadata ?? {};
  await endEngine(context, pod).catch(() => undefined);
  await context.client.discardPod({ name, uid, gracePeriodSeconds });
}

const endTimeoutMs = 1_000;

/**
 * A Pod that somebody else has begun to delete sits in its preStop hook, and a shorter grace does not end that: the engine's own end
 * does. Best effort.
 */
async function endEngine(context: CacheContext, listed: V1Pod): Promise<void> {
  const pod = await context.client.getPod(listed.metadata?.name ?? "");
  const engine = pod === undefined ? undefined : specOf(pod)?.engine;
  if (pod?.metadata?.deletionTimestamp === undefined || engine === undefined || !hasRdb(engine)) return;
  const what = `ending the engine of Pod ${pod.metadata.name}`;
  const { signal } = new AbortController();
  await withEngine(context, { pod, engine, what, timeoutMs: endTimeoutMs }, signal, (connection, deadline) =>
    connection.call(["SHUTDOWN", "NOSAVE"], deadline),
  ).catch(() => undefined);
}
