import { isJsonObject, type KubeObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import type { Resource } from "../resources.ts";
import { formatQuantity, zero } from "../schema/quantity.ts";
import type { Amounts } from "./pod-resources.ts";
import { hardOf, quotaCovers, usageOf, usedOf } from "./quota-usage.ts";

/** ResourceQuota admission of a new object. @throws StatusError 403 when it would take more than a quota leaves */
export function admitWithinQuota(store: ObjectStore, resource: Resource, object: KubeObject): void {
  for (const quota of store.peekList("resourcequotas", object.metadata.namespace)) {
    if (!quotaCovers(quota, object)) continue;
    const { name } = quota.metadata;
    const hard = hardOf(quota);
    const missing = resource.kind === "Pod" ? missingAmounts(object, hard) : "";
    if (missing !== "") {
      throw StatusError.forbidden(resource, object.metadata.name, `failed quota: ${name}: must specify ${missing}`);
    }
    const asked = usageOf(resource, object);
    if (![...hard.keys()].some((key) => asked.has(key))) continue;
    const used = usedOf(store, quota);
    const exceeded = [...hard.keys()].sort().filter((key) => {
      const more = asked.get(key);
      return more !== undefined && more.nano + (used.get(key) ?? zero).nano > (hard.get(key) ?? zero).nano;
    });
    if (exceeded.length === 0) continue;
    const show = (amounts: Amounts): string =>
      exceeded.map((key) => `${key}=${formatQuantity(amounts.get(key) ?? zero)}`).join(",");
    const why = `exceeded quota: ${name}, requested: ${show(asked)}, used: ${show(used)}, limited: ${show(hard)}`;
    throw StatusError.forbidden(resource, object.metadata.name, why);
  }
}

// Where cpu or memory is limited, every container has to say how much it takes.
function missingAmounts(pod: KubeObject, hard: Amounts): string {
  const containers = ["containers", "initContainers"].flatMap((list) => listAt(pod["spec"], list)).filter(isJsonObject);
  return [...hard.keys()]
    .sort()
    .flatMap((name) => {
      const [, side = "requests", resource] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(name) ?? [];
      if (resource === undefined) return [];
      const without = containers.filter((entry) => objectAt(entry["resources"], side)[resource] === undefined);
      const names = without.map((entry) => textAt(entry, "name")).sort();
      return names.length === 0 ? [] : [`${name} for: ${names.join(",")}`];
    })
    .join("; ");
}
