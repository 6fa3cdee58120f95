import { isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { FieldType, KubernetesType, TypeTable } from "../schema/kubernetes-types.ts";
import { type WireField, wireFields } from "./wire.ts";

const envelopeMagic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/**
 * Decodes a request body of type `application/vnd.kubernetes.protobuf`: the magic bytes "k8s\0", then a message
 * `Unknown{1: TypeMeta{1: apiVersion, 2: kind}, 2: raw}`. The result is the JSON form of the object.
 *
 * @throws StatusError 400 for broken bytes, 415 for a kind that is not in the tables.
 */
export function decodeProtobufObject(types: TypeTable, body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(envelopeMagic))
    throw StatusError.badRequest("the body is not a Kubernetes protobuf message");
  let apiVersion = "";
  let kind = "";
  let raw = Buffer.alloc(0);
  for (const field of wireFields(body.subarray(4))) {
    if (field.number === 2) raw = Buffer.from(field.bytes);
    if (field.number !== 1) continue;
    for (const inner of wireFields(field.bytes)) {
      if (inner.number === 1) apiVersion = inner.bytes.toString("utf8");
      if (inner.number === 2) kind = inner.bytes.toString("utf8");
    }
  }
  const type = types.ofKind(apiVersion, kind);
  if (type === undefined) throw StatusError.unsupportedMediaType(["application/json", "application/yaml"]);
  return { kind, apiVersion, ...decodeMessage(types, type, raw) };
}

function decodeMessage(types: TypeTable, type: KubernetesType, bytes: Buffer): JsonObject {
  const byNumber = new Map(type.fields.map((field) => [field.number, field]));
  const result: JsonObject = {};
  for (const wire of wireFields(bytes)) {
    const field = byNumber.get(wire.number);
    if (field === undefined) continue;
    if (field.shape === "map") addEntry(types, field, wire, result);
    else if (field.shape === "list") addItem(types, field, wire, result);
    else {
      const value = decodeValue(types, field.type, wire);
      if (field.inline && isJsonObject(value)) Object.assign(result, value);
      // Go writes the zero value of strings; in JSON these are absent.
      else if (value !== "" && value !== null) result[field.name] = value;
    }
  }
  return result;
}

function addItem(types: TypeTable, field: FieldType, wire: WireField, into: JsonObject): void {
  const list = into[field.name];
  const value = decodeValue(types, field.type, wire);
  if (Array.isArray(list)) list.push(value);
  else into[field.name] = [value];
}

function addEntry(types: TypeTable, field: FieldType, wire: WireField, into: JsonObject): void {
  let key = "";
  let value: unknown = "";
  for (const part of wireFields(wire.bytes)) {
    if (part.number === 1) key = part.bytes.toString("utf8");
    if (part.number === 2) value = decodeValue(types, field.type, part);
  }
  const map = into[field.name];
  const entry = Object.fromEntries([[key, value]]);
  into[field.name] = isJsonObject(map) ? { ...map, ...entry } : entry;
}

function decodeValue(types: TypeTable, type: string, wire: WireField): unknown {
  switch (type) {
    case "string":
      return wire.bytes.toString("utf8");
    case "bytes":
      return wire.bytes.toString("base64");
    case "bool":
      return wire.value !== 0n;
    case "int32":
      return Number(BigInt.asIntN(32, wire.value));
    case "int64":
      return Number(BigInt.asIntN(64, wire.value));
    case "double":
      return wire.bytes.readDoubleLE(0);
    case "Time":
    case "MicroTime":
      return decodeTime(wire.bytes, type === "MicroTime");
    case "Quantity":
      return textField(wire.bytes, 1);
    case "IntOrString":
      return decodeIntOrString(wire.bytes);
    case "FieldsV1":
    case "RawExtension":
      return JSON.parse(textField(wire.bytes, 1) || "null") as unknown;
    default: {
      const message = types.get(type);
      if (message === undefined) throw StatusError.internal(`no table for the protobuf type ${type}`);
      const value = decodeMessage(types, message, wire.bytes);
      // ExtraValue is a message around a list; in JSON it is the list.
      return type.endsWith(".ExtraValue") ? (value["items"] ?? []) : value;
    }
  }
}

function textField(bytes: Buffer, number: number): string {
  for (const field of wireFields(bytes)) if (field.number === number) return field.bytes.toString("utf8");
  return "";
}

function decodeTime(bytes: Buffer, micro: boolean): string | null {
  let seconds = 0n;
  let nanos = 0n;
  for (const field of wireFields(bytes)) {
    if (field.number === 1) seconds = BigInt.asIntN(64, field.value);
    if (field.number === 2) nanos = BigInt.asIntN(32, field.value);
  }
  if (seconds === 0n && nanos === 0n) return null;
  const text = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return micro ? `${text}.${String(nanos / 1_000n).padStart(6, "0")}Z` : `${text}Z`;
}

function decodeIntOrString(bytes: Buffer): string | number {
  let isText = false;
  let number = 0;
  let text = "";
  for (const field of wireFields(bytes)) {
    if (field.number === 1) isText = field.value === 1n;
    if (field.number === 2) number = Number(BigInt.asIntN(32, field.value));
    if (field.number === 3) text = field.bytes.toString("utf8");
  }
  return isText ? text : number;
}
