import { isJsonObject, type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { type Resource, storedResources } from "../resources.ts";
import { addQuantities, parseQuantity, type Quantity, zero } from "../schema/quantity.ts";
import { type Amounts, amountsAt, podAmounts } from "./pod-resources.ts";

const one: Quantity = { nano: 1_000_000_000n, notation: "decimal" };

/** Names that count objects of a kind without the `count/` in front. */
const counted = ["configmaps", "persistentvolumeclaims", "resourcequotas", "secrets", "services"];

/** What one object takes of a quota. */
export function usageOf(resource: Resource, object: KubeObject): Amounts {
  const usage: Amounts = new Map();
  usage.set(`count/${resource.plural}${resource.group === "" ? "" : `.${resource.group}`}`, one);
  if (resource.group === "" && counted.includes(resource.plural)) usage.set(resource.plural, one);
  const spec = objectAt(object, "spec");
  if (resource.kind === "Pod" && !["Succeeded", "Failed"].includes(textAt(object["status"], "phase"))) {
    usage.set("pods", one);
    for (const [name, quantity] of podAmounts(spec, "requests")) {
      usage.set(`requests.${name}`, quantity);
      if (["cpu", "memory", "ephemeral-storage"].includes(name)) usage.set(name, quantity);
    }
    for (const [name, quantity] of podAmounts(spec, "limits")) usage.set(`limits.${name}`, quantity);
  }
  if (resource.kind === "PersistentVolumeClaim") {
    const storage = amountsAt(spec["resources"], "requests").get("storage");
    if (storage !== undefined) usage.set("requests.storage", storage);
  }
  if (resource.kind === "Service" && spec["type"] === "LoadBalancer") usage.set("services.loadbalancers", one);
  return usage;
}

/** Whether a quota is about an object: its scopes select Pods, and a quota without scopes is about everything. */
export function quotaCovers(quota: KubeObject, object: KubeObject): boolean {
  const spec = objectAt(quota, "spec");
  const requirements = listAt(objectAt(spec, "scopeSelector"), "matchExpressions").filter(isJsonObject);
  const scopes = listAt(spec, "scopes").map((scopeName): JsonObject => ({ scopeName, operator: "Exists" }));
  return [...scopes, ...requirements].every(
    (scope) => object.kind === "Pod" && inScope(objectAt(object, "spec"), scope),
  );
}

function inScope(spec: JsonObject, scope: JsonObject): boolean {
  const terminating = typeof spec["activeDeadlineSeconds"] === "number";
  const bestEffort = podAmounts(spec, "requests").size + podAmounts(spec, "limits").size === 0;
  const priority = textAt(spec, "priorityClassName");
  switch (scope["scopeName"]) {
    case "Terminating":
      return terminating;
    case "NotTerminating":
      return !terminating;
    case "BestEffort":
      return bestEffort;
    case "NotBestEffort":
      return !bestEffort;
    case "PriorityClass":
      if (scope["operator"] === "Exists") return priority !== "";
      return listAt(scope, "values").includes(priority) === (scope["operator"] === "In");
    default:
      return false;
  }
}

/** `spec.hard` of a quota. */
export function hardOf(quota: KubeObject): Amounts {
  return new Map(
    Object.entries(objectAt(quota["spec"], "hard")).map(([name, value]) => [
      name,
      parseQuantity(String(value)) ?? zero,
    ]),
  );
}

/** What the objects of the quota's namespace take of each resource that it limits. */
export function usedOf(store: ObjectStore, quota: KubeObject): Amounts {
  const used: Amounts = new Map([...hardOf(quota).keys()].map((name) => [name, zero]));
  for (const resource of storedResources.filter(({ namespaced }) => namespaced)) {
    for (const object of store.peekList(resource.plural, quota.metadata.namespace)) {
      if (!quotaCovers(quota, object)) continue;
      for (const [name, quantity] of usageOf(resource, object)) {
        const before = used.get(name);
        if (before !== undefined) used.set(name, addQuantities(before, quantity));
      }
    }
  }
  return used;
}
