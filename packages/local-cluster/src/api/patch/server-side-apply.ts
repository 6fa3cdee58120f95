import { cloneJson, isJsonObject, type JsonObject, type ManagedFieldsEntry } from "../../store/kube-object.ts";
import type { FieldType, KubernetesType, TypeTable } from "../schema/kubernetes-types.ts";
import { settleConflicts } from "./apply-conflicts.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

export interface ApplyRequest {
  readonly manager: string;
  readonly apiVersion: string;
  /** RFC 3339, for managedFields. */
  readonly time: string;
  /** Takes fields over from other managers, instead of refusing. */
  readonly force: boolean;
}

/**
 * Server-side apply: merges what is applied, removes what the same manager applied before and has left out now, and records
 * the manager in `metadata.managedFields`. Only what was applied has a manager; updates and patches are not recorded.
 *
 * @throws StatusError 409 when another manager has applied one of the fields with another value, without `force`
 */
export function serverSideApply(
  types: TypeTable,
  type: KubernetesType | undefined,
  live: JsonObject,
  applied: JsonObject,
  request: ApplyRequest,
): JsonObject {
  const owned = fieldSet(types, type, withoutIdentity(applied));
  const metadata = isJsonObject(live["metadata"]) ? live["metadata"] : {};
  const entries = (Array.isArray(metadata["managedFields"]) ? metadata["managedFields"] : []) as ManagedFieldsEntry[];
  const isOurs = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === request.manager && entry.operation === "Apply";
  const before = entries.find(isOurs);
  const others = settleConflicts(
    entries.filter((entry) => !isOurs(entry)),
    owned,
    live,
    applied,
    request.force,
  );
  const base = cloneJson(live);
  // What another manager has too stays with that one.
  const kept = others.reduce((set, { fieldsV1 }) => (isJsonObject(fieldsV1) ? union(set, fieldsV1) : set), owned);
  if (isJsonObject(before?.fieldsV1)) removeFields(types, type, base, before.fieldsV1, kept);
  const result = applyStrategicMergePatch(types, type, base, applied);
  const { manager, apiVersion, time } = request;
  const entry: ManagedFieldsEntry = {
    manager,
    operation: "Apply",
    apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: owned,
  };
  // An unchanged apply keeps its time: otherwise it would count as a write.
  if (before !== undefined && JSON.stringify(before.fieldsV1) === JSON.stringify(owned))
    entry.time = before.time ?? time;
  const target = isJsonObject(result["metadata"]) ? result["metadata"] : {};
  result["metadata"] = { ...target, managedFields: [...others, entry] };
  return result;
}

const identity = new Set(["name", "namespace", "uid", "resourceVersion", "managedFields", "creationTimestamp"]);

function withoutIdentity(applied: JsonObject): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = applied;
  const kept = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(([key]) => !identity.has(key));
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

/** The `FieldsV1` form: `f:<member>`, and `k:{"name":"x"}` for the elements of a list with a merge key. */
function fieldSet(types: TypeTable, type: KubernetesType | undefined, value: JsonObject): JsonObject {
  const set: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    set[`f:${key}`] = memberSet(types, type?.members.get(key), member);
  }
  return set;
}

function memberSet(types: TypeTable, field: FieldType | undefined, value: unknown): JsonObject {
  const inner = field === undefined ? undefined : types.get(field.type);
  if (isJsonObject(value)) return fieldSet(types, field?.shape === "map" ? undefined : inner, value);
  const mergeKey = field?.mergeKey;
  if (!Array.isArray(value) || mergeKey === undefined || mergeKey === "") return {};
  const set: JsonObject = {};
  for (const item of value) {
    if (!isJsonObject(item)) continue;
    set[elementKey(field?.mapKeys ?? [mergeKey], item)] = { ".": {}, ...fieldSet(types, inner, item) };
  }
  return set;
}

/** `k:{"port":80,"protocol":"TCP"}`. The protocol of a port is the one key that has a default. */
function elementKey(names: readonly string[], item: JsonObject): string {
  const members = names.map((name) => [name, item[name] ?? (name === "protocol" ? "TCP" : undefined)] as const);
  return `k:${JSON.stringify(Object.fromEntries(members))}`;
}

function union(a: JsonObject, b: JsonObject): JsonObject {
  const result: JsonObject = { ...a };
  for (const [key, set] of Object.entries(b)) {
    const mine = result[key];
    result[key] = isJsonObject(mine) && isJsonObject(set) ? union(mine, set) : set;
  }
  return result;
}

function removeFields(
  types: TypeTable,
  type: KubernetesType | undefined,
  live: JsonObject,
  before: JsonObject,
  now: JsonObject,
): void {
  for (const [key, set] of Object.entries(before)) {
    if (!key.startsWith("f:") || !isJsonObject(set)) continue;
    const name = key.slice(2);
    const field = type?.members.get(name);
    const still = now[key];
    if (!isJsonObject(still)) Reflect.deleteProperty(live, name);
    else if (isJsonObject(live[name])) {
      const inner = field === undefined || field.shape === "map" ? undefined : types.get(field.type);
      removeFields(types, inner, live[name], set, still);
    } else if (Array.isArray(live[name])) live[name] = remainingItems(types, field, live[name], set, still);
  }
}

function remainingItems(
  types: TypeTable,
  field: FieldType | undefined,
  list: unknown[],
  before: JsonObject,
  now: JsonObject,
): unknown[] {
  const mergeKey = field?.mergeKey ?? "";
  if (mergeKey === "") return list;
  const inner = types.get(field?.type ?? "");
  return list.filter((item) => {
    if (!isJsonObject(item)) return true;
    const key = elementKey(field?.mapKeys ?? [mergeKey], item);
    const was = before[key];
    const is = now[key];
    if (!isJsonObject(was)) return true;
    if (!isJsonObject(is)) return false;
    removeFields(types, inner, item, was, is);
    return true;
  });
}
