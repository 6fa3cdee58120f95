import type { Clock } from "@fc/core";
import { type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../store/kube-object.ts";
import { objectSelector } from "../store/object-selector.ts";
import { type ObjectStore, timestamp } from "../store/object-store.ts";

/**
 * Keeps `status` of every PodDisruptionBudget true: how many of its Pods are healthy, and how many of those may be evicted.
 * Returns what stops it.
 */
export function startDisruptionBudgets(store: ObjectStore, clock: Clock): () => void {
  const settleAll = ({ object }: { object: KubeObject }): void => {
    for (const budget of store.peekList("poddisruptionbudgets", object.metadata.namespace))
      settle(store, clock, budget);
  };
  const stops = [store.watch("pods", settleAll), store.watch("poddisruptionbudgets", settleAll)];
  return () => {
    for (const stop of stops) stop();
  };
}

function settle(store: ObjectStore, clock: Clock, budget: KubeObject): void {
  const { name, namespace = "", generation = 1 } = budget.metadata;
  const selects = objectSelector(objectAt(budget, "spec")["selector"]);
  const pods = store.peekList("pods", namespace).filter((pod) => selects(pod.metadata.labels ?? {}));
  const currentHealthy = pods.filter(isHealthy).length;
  const least = objectAt(budget, "spec")["minAvailable"];
  // A share of Pods, or a number of missing ones, is counted from what their controllers want. No Pod here has such a
  // controller, so nothing is known to be allowed: as in a real cluster.
  const counts = typeof least === "number";
  const desiredHealthy = counts ? least : 0;
  const expectedPods = counts ? pods.length : 0;
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  store.modify("poddisruptionbudgets", namespace, name, (draft) => {
    const conditions = [allowedCondition(draft, disruptionsAllowed > 0, generation, timestamp(clock.now()))];
    draft["status"] = {
      ...{ conditions, currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods },
      observedGeneration: generation,
    };
  });
}

function isHealthy({ metadata, status }: KubeObject): boolean {
  const ready = listAt(status, "conditions").find((condition) => textAt(condition, "type") === "Ready");
  return metadata.deletionTimestamp === undefined && textAt(ready, "status") === "True";
}

function allowedCondition(budget: KubeObject, allowed: boolean, observedGeneration: number, now: string): JsonObject {
  const [before] = listAt(budget["status"], "conditions");
  const status = allowed ? "True" : "False";
  const lastTransitionTime = textAt(before, "status") === status ? textAt(before, "lastTransitionTime") : now;
  const reason = allowed ? "SufficientPods" : "InsufficientPods";
  return { type: "DisruptionAllowed", status, reason, message: "", observedGeneration, lastTransitionTime };
}
