import { isJsonObject, type JsonObject, listAt, objectAt } from "../../store/kube-object.ts";
import { addQuantities, parseQuantity, type Quantity, zero } from "../schema/quantity.ts";

/** Amounts by resource name ("cpu", "memory"). */
export type Amounts = Map<string, Quantity>;

/** What a container, or a Pod as a whole, asks for (`requests`) or may use at most (`limits`). */
export type ResourceSide = "requests" | "limits";

/** The amounts at `key` of an object such as `resources`. */
export function amountsAt(parent: unknown, key: string): Amounts {
  return new Map(
    Object.entries(objectAt(parent, key)).map(([name, value]) => [name, parseQuantity(String(value)) ?? zero] as const),
  );
}

/**
 * What a Pod takes as a whole: the sum of its containers and sidecars, or more when an init container, with the sidecars
 * before it, needs more (kubernetes.io/docs/concepts/workloads/pods/init-containers, "Resource sharing").
 */
export function podAmounts(spec: JsonObject, side: ResourceSide): Amounts {
  const of = (container: JsonObject): Amounts => amountsAt(container["resources"], side);
  const total: Amounts = new Map();
  for (const container of listAt(spec, "containers").filter(isJsonObject)) add(total, of(container));
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of listAt(spec, "initContainers").filter(isJsonObject)) {
    const own = of(container);
    if (container["restartPolicy"] === "Always") {
      add(total, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      const together = new Map(own);
      add(together, sidecars);
      raise(starting, together);
    }
  }
  raise(total, starting);
  return total;
}

function add(target: Amounts, more: Amounts): void {
  for (const [name, quantity] of more) target.set(name, addQuantities(target.get(name) ?? zero, quantity));
}

function raise(target: Amounts, least: Amounts): void {
  for (const [name, quantity] of least) {
    if (quantity.nano > (target.get(name) ?? zero).nano || !target.has(name)) target.set(name, quantity);
  }
}
