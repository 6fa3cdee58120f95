import { errorText } from "@fc/core";
import type { V1Pod } from "@kubernetes/client-node";
import type { CacheContext } from "./cache-context.ts";

/** The engine has nothing to save, so it need not be waited for. */
const gracePeriodSeconds = 1;
const goneTimeoutMs = 60_000;

/** Deletes a Pod and resolves when it is gone; absent is fine. Takes no signal: it is what comes after an abort. */
export async function deletePod(context: CacheContext, name: string): Promise<void> {
  const pod = await context.client.getPod(name);
  if (pod?.metadata?.uid === undefined) return;
  const { uid } = pod.metadata;
  await context.client.deletePod(name, { uid, gracePeriodSeconds });
  await context.client.waitForPodGone(name, uid, { timeoutMs: goneTimeoutMs });
}

/** Starts to delete a Pod that nobody needs any more and does not wait. A failure is logged; {@link removeStrays} takes it later. */
export async function retirePod(context: CacheContext, pod: V1Pod): Promise<void> {
  const { name = "", uid } = pod.metadata ?? {};
  try {
    await context.client.deletePod(name, { ...(uid === undefined ? {} : { uid }), gracePeriodSeconds });
  } catch (error) {
    context.logger.warn(
      { pod: name, error: errorText(error) },
      "a cache Pod that is no longer used could not be deleted",
    );
  }
}

/** Retires the Pods of a node that are not its current one: what a crash in the middle of a reboot leaves. */
export async function removeStrays(
  context: CacheContext,
  pods: readonly V1Pod[],
  current: V1Pod | undefined,
): Promise<void> {
  const strays = pods.filter((pod) => pod.metadata?.uid !== current?.metadata?.uid);
  await Promise.all(strays.map((pod) => retirePod(context, pod)));
}
