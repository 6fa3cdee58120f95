import { isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import type { KubernetesType, TypeTable } from "./kubernetes-types.ts";

/**
 * The paths of members that the type does not have, as the API server words them (`unknown field "spec.foo"`), in
 * the order they appear. Where nothing is known of a type, everything below is accepted.
 */
export function unknownFields(types: TypeTable, type: KubernetesType, object: JsonObject): string[] {
  const found: string[] = [];
  walk(types, type, object, "", (path) => found.push(`unknown field "${path}"`));
  return found;
}

/** Removes the members that the type does not have: what the API server does before it stores an object. */
export function dropUnknownFields(types: TypeTable, type: KubernetesType, object: JsonObject): void {
  walk(types, type, object, "", (_path, parent, key) => Reflect.deleteProperty(parent, key));
}

type Visitor = (path: string, parent: JsonObject, key: string) => void;

function walk(types: TypeTable, type: KubernetesType, object: JsonObject, path: string, unknown: Visitor): void {
  for (const [key, value] of Object.entries(object)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (path === "" && (key === "apiVersion" || key === "kind")) continue;
    const field = type.members.get(key);
    if (field === undefined) {
      unknown(at, object, key);
      continue;
    }
    const inner = types.get(field.type);
    if (inner === undefined) continue;
    for (const [step, item] of itemsOf(field.shape, value)) {
      if (isJsonObject(item)) walk(types, inner, item, at + step, unknown);
    }
  }
}

/** What a field holds: itself, its elements or its members, each with the step of its path. */
export function itemsOf(shape: "single" | "list" | "map", value: unknown): [string, unknown][] {
  if (shape === "list") return Array.isArray(value) ? value.map((item, index) => [`[${index}]`, item]) : [];
  if (shape === "map") return isJsonObject(value) ? Object.entries(value).map(([key, item]) => [`.${key}`, item]) : [];
  return [["", value]];
}
