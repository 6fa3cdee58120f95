import { cloneJson, equalJson, isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { FieldType, KubernetesType, TypeTable } from "../schema/kubernetes-types.ts";

const setElementOrder = "$setElementOrder/";
const deleteFromPrimitiveList = "$deleteFromPrimitiveList/";

/**
 * Applies a strategic merge patch to a copy: as a merge patch, but lists with a merge key in their type (containers,
 * env, volumes, conditions …) merge element by element. Directives: `$patch` (replace, delete, merge), `$retainKeys`,
 * `$deleteFromPrimitiveList/x`, `$setElementOrder/x`. Without a type every list is replaced.
 *
 * @throws StatusError 400 for a directive that makes no sense.
 */
export function applyStrategicMergePatch(
  types: TypeTable,
  type: KubernetesType | undefined,
  target: unknown,
  patch: JsonObject,
): JsonObject {
  if (patch["$patch"] === "replace") return withoutDirectives(patch);
  if (patch["$patch"] === "delete") return {};
  const result: JsonObject = isJsonObject(target) ? cloneJson(target) : {};
  retainKeys(result, patch["$retainKeys"]);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deleteFromPrimitiveList)) removeItems(result, key.slice(deleteFromPrimitiveList.length), value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    const field = type?.members.get(key);
    if (value === null) Reflect.deleteProperty(result, key);
    else if (Array.isArray(value)) result[key] = mergeList(types, field, result[key], value);
    else if (isJsonObject(value))
      result[key] = applyStrategicMergePatch(types, innerType(types, field), result[key], value);
    else result[key] = value;
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(setElementOrder)) reorder(result, key.slice(setElementOrder.length), value, type);
  }
  return result;
}

function innerType(types: TypeTable, field: FieldType | undefined): KubernetesType | undefined {
  // The entries of a map are all of the field's type, so the map itself has none.
  return field === undefined || field.shape === "map" ? undefined : types.get(field.type);
}

function mergeList(types: TypeTable, field: FieldType | undefined, target: unknown, patch: unknown[]): unknown[] {
  const current: unknown[] = Array.isArray(target) ? cloneJson(target) : [];
  const mergeKey = field?.mergeKey;
  const replaced = patch.some(
    (item) => isJsonObject(item) && item["$patch"] === "replace" && Object.keys(item).length === 1,
  );
  if (mergeKey === undefined || replaced) return patch.filter((item) => !isDirective(item)).map(cleaned);
  if (mergeKey === "") return [...current, ...patch.filter((item) => !current.some((other) => equalJson(other, item)))];
  const inner = types.get(field?.type ?? "");
  for (const item of patch) {
    if (!isJsonObject(item)) throw StatusError.badRequest(`the list ${field?.name ?? ""} has to hold objects`);
    const key = item[mergeKey];
    if (key === undefined)
      throw StatusError.badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const index = current.findIndex((other) => isJsonObject(other) && equalJson(other[mergeKey], key));
    if (item["$patch"] === "delete") {
      if (index >= 0) current.splice(index, 1);
    } else if (index < 0) current.push(applyStrategicMergePatch(types, inner, {}, item));
    else current[index] = applyStrategicMergePatch(types, inner, current[index], item);
  }
  return current;
}

function isDirective(item: unknown): boolean {
  return isJsonObject(item) && Object.hasOwn(item, "$patch");
}

function cleaned(item: unknown): unknown {
  return isJsonObject(item) ? withoutDirectives(item) : cloneJson(item);
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const kept = Object.entries(patch).filter(([key, value]) => !key.startsWith("$") && value !== null);
  return cloneJson(Object.fromEntries(kept));
}

function retainKeys(result: JsonObject, keys: unknown): void {
  if (!Array.isArray(keys)) return;
  for (const key of Object.keys(result)) if (!keys.includes(key)) Reflect.deleteProperty(result, key);
}

function removeItems(result: JsonObject, key: string, items: unknown): void {
  const list = result[key];
  if (Array.isArray(list) && Array.isArray(items)) result[key] = list.filter((item) => !items.includes(item));
}

/** Puts the named elements in the order given; the others keep their places behind them. */
function reorder(result: JsonObject, key: string, order: unknown, type: KubernetesType | undefined): void {
  const list = result[key];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const mergeKey = type?.members.get(key)?.mergeKey ?? "";
  const identity = (item: unknown): unknown => (mergeKey !== "" && isJsonObject(item) ? item[mergeKey] : item);
  const wanted = order.map(identity);
  const rank = (item: unknown): number => {
    const index = wanted.findIndex((other) => equalJson(other, identity(item)));
    return index < 0 ? wanted.length : index;
  };
  result[key] = [...list].sort((a, b) => rank(a) - rank(b));
}
