import { isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import type { FieldType, KubernetesType, TypeTable } from "./kubernetes-types.ts";
import { parseQuantity } from "./quantity.ts";

/** Scalars whose JSON is not simply a text. Times, quantities and the like are texts with rules of their own. */
const goScalars: Readonly<Record<string, "number" | "boolean">> = {
  ...{ int32: "number", int64: "number", double: "number", bool: "boolean" },
};
const quantityRule = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/**
 * The first value that is not of its field's type, in the words in which the API server's decoder (Go's encoding/json)
 * refuses it; undefined when all are.
 */
export function typeMismatch(types: TypeTable, type: KubernetesType, object: JsonObject): string | undefined {
  return inObject(types, type, object, "");
}

function inObject(types: TypeTable, type: KubernetesType, object: JsonObject, path: string): string | undefined {
  for (const [key, value] of Object.entries(object)) {
    const field = type.members.get(key);
    if (field === undefined || value === null) continue;
    const at = path === "" ? key : `${path}.${key}`;
    const found = inField(types, type, field, value, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inField(
  types: TypeTable,
  type: KubernetesType,
  field: FieldType,
  value: unknown,
  at: string,
): string | undefined {
  const refuse = (given: unknown, shape: FieldType["shape"]): string =>
    `json: cannot unmarshal ${jsonName(given, field.type)} into Go struct field ${shortName(type.name, "")}.${at} of type ${goType(field, shape)}`;
  if (field.shape === "single") return inValue(types, field, value, at, () => refuse(value, "single"));
  if (field.shape === "list" ? !Array.isArray(value) : !isJsonObject(value)) return refuse(value, field.shape);
  for (const item of Object.values(value as object)) {
    const found = item === null ? undefined : inValue(types, field, item, at, () => refuse(item, "single"));
    if (found !== undefined) return found;
  }
  return undefined;
}

function inValue(
  types: TypeTable,
  field: FieldType,
  value: unknown,
  at: string,
  refuse: () => string,
): string | undefined {
  const inner = types.get(field.type);
  if (inner !== undefined) return isJsonObject(value) ? inObject(types, inner, value, at) : refuse();
  const wanted = goScalars[field.type];
  if (wanted !== undefined) {
    const whole = field.type === "double" || wanted !== "number" || Number.isInteger(value);
    return typeof value === wanted && whole ? undefined : refuse();
  }
  if (field.type === "Quantity") return parseQuantity(String(value)) === undefined ? quantityRule : undefined;
  if (field.type === "IntOrString" || field.type === "FieldsV1" || field.type === "RawExtension") return undefined;
  if (typeof value !== "string") return refuse();
  return field.type === "bytes" ? badBase64(value) : undefined;
}

function badBase64(text: string): string | undefined {
  const at = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ""))?.index;
  if (at === undefined && text.length % 4 === 0) return undefined;
  return `illegal base64 data at input byte ${at ?? text.length - (text.length % 4)}`;
}

function jsonName(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" && wanted.startsWith("int") ? `number ${value}` : typeof value;
}

function goType(field: FieldType, shape: FieldType["shape"]): string {
  const base = field.type === "bytes" ? "[]uint8" : shortName(field.type, "v1.");
  return shape === "list" ? `[]${base}` : shape === "map" ? `map[string]${base}` : base;
}

/** The last step of a type's full name, with its package when it has one. */
function shortName(name: string, packageName: string): string {
  return name.includes(".") ? `${packageName}${name.split(".").at(-1) ?? ""}` : name;
}
