import { isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import type { FieldType, KubernetesType, TypeTable } from "./kubernetes-types.ts";
import { formatQuantity, parseQuantity } from "./quantity.ts";
import { itemsOf } from "./strict-fields.ts";

/**
 * Brings an object into the form in which the API server keeps it: without nulls, without empty lists and maps where they
 * may be left out, with quantities in their canonical form ("1000m" is "1"). Changes `object`.
 */
export function normalizeFields(types: TypeTable, type: KubernetesType, object: JsonObject): void {
  for (const [key, value] of Object.entries(object)) {
    const field = type.members.get(key);
    if (value === null || (field !== undefined && isLeftOut(field, value))) {
      Reflect.deleteProperty(object, key);
      continue;
    }
    if (field === undefined) continue;
    if (field.type === "Quantity") object[key] = canonical(value);
    const inner = types.get(field.type);
    if (inner === undefined) continue;
    for (const [, item] of itemsOf(field.shape, value)) {
      if (isJsonObject(item)) normalizeFields(types, inner, item);
    }
  }
}

function isLeftOut(field: FieldType, value: unknown): boolean {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isEmpty && !field.required && field.shape !== "single";
}

function canonical(value: unknown): unknown {
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonical(item)]));
  const quantity = parseQuantity(String(value));
  return quantity === undefined ? value : formatQuantity(quantity);
}
