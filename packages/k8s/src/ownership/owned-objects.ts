import { type Clock, errorText, FcError, type Logger, withDeadline } from "@fc/core";
import type { V1ConfigMap, V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";
import type { ResourceClient } from "../client/resource-client.ts";
import { KubernetesError } from "../errors/kubernetes-error.ts";
import { labels, managedBySelector } from "../labels.ts";

export interface OwnedResources {
  readonly pods: ResourceClient<V1Pod>;
  readonly secrets: ResourceClient<V1Secret>;
  readonly services: ResourceClient<V1Service>;
  readonly configMaps: ResourceClient<V1ConfigMap>;
}

const pollMs = 250;
/** What runs in a dead process's Pods has nobody left to answer to. */
const gracePeriodSeconds = 1;

/** Selects what one process owns: what outlives a process does not carry its label. */
export function ownedBySelector(instanceId: string): string {
  return `${managedBySelector},${labels.instance}=${instanceId}`;
}

/**
 * Removes all that an instance's process owns. Where Kubernetes' garbage collector runs it may be quicker. False when something is left that
 * another try may remove.
 */
export async function removeOwned(resources: OwnedResources, instanceId: string, logger: Logger): Promise<boolean> {
  const selector = ownedBySelector(instanceId);
  const work = {
    pods: resources.pods.removeAll(selector, { gracePeriodSeconds }),
    secrets: resources.secrets.removeAll(selector),
    configmaps: resources.configMaps.removeAll(selector),
    services: resources.services
      .list(selector)
      .then((found) =>
        Promise.all(found.map(({ metadata: { name = "", uid } = {} }) => resources.services.remove(name, { uid }))),
      ),
  };
  // Each for itself: a Role may grant only some of them.
  const outcomes = await Promise.allSettled(Object.values(work));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [{ error: outcome.reason as unknown, resource: Object.keys(work)[index] }] : [],
  );
  for (const { error, resource } of failures)
    logger.warn({ instanceId, resource, error: errorText(error) }, "what an instance owned could not be removed");
  return !failures.some(({ error }) => KubernetesError.is(error) && (error.retryable || error.isConflict()));
}

/** Removes all that an instance's process owns, again while that may help and the time is not over. */
export async function removeOwnedWithin(
  resources: OwnedResources,
  instanceId: string,
  { timeoutMs, clock, logger }: { readonly timeoutMs: number; readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const until = clock.now() + timeoutMs;
  while (!(await removeOwned(resources, instanceId, logger)) && clock.now() + pollMs < until) await clock.sleep(pollMs);
}

/** Waits until no Pod of the instance is left. False when the time is up first. */
export async function ownedPodsGone(
  pods: ResourceClient<V1Pod>,
  instanceId: string,
  options: { readonly timeoutMs: number; readonly clock: Clock },
): Promise<boolean> {
  try {
    await withDeadline({ ...options, what: "waiting for owned Pods to go" }, async (signal) => {
      while ((await pods.list(ownedBySelector(instanceId), { signal })).length > 0)
        await options.clock.sleep(pollMs, signal);
    });
    return true;
  } catch (error) {
    if (FcError.isInstance(error, "FC_DEADLINE_EXCEEDED")) return false;
    throw error;
  }
}
