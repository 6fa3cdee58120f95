import { hardOf, usedOf } from "../api/admission/quota-usage.ts";
import { storedResources } from "../api/resources.ts";
import { formatQuantity } from "../api/schema/quantity.ts";
import { type KubeObject, objectAt } from "../store/kube-object.ts";
import type { ObjectStore } from "../store/object-store.ts";

/** Keeps `status` of every ResourceQuota true: what it limits, and how much of that is taken. Returns what stops it. */
export function startResourceQuotas(store: ObjectStore): () => void {
  const stops = storedResources
    .filter(({ namespaced }) => namespaced)
    .map((resource) =>
      store.watch(resource.plural, ({ object }) => {
        const { namespace } = object.metadata;
        for (const quota of store.peekList("resourcequotas", namespace)) settle(store, quota);
      }),
    );
  return () => {
    for (const stop of stops) stop();
  };
}

function settle(store: ObjectStore, quota: KubeObject): void {
  const { name, namespace = "" } = quota.metadata;
  const text = (amounts: ReturnType<typeof hardOf>): Record<string, string> =>
    Object.fromEntries([...amounts].map(([key, amount]) => [key, formatQuantity(amount)]));
  const status = { hard: text(hardOf(quota)), used: text(usedOf(store, quota)) };
  store.modify("resourcequotas", namespace, name, (draft) => {
    draft["status"] = { ...objectAt(draft, "status"), ...status };
  });
}
