import { AwsError } from "../errors/aws-error.ts";
import { shapeOf } from "../model/load-model.ts";
import type { MemberModel, ServiceModel, SimpleShape, StructureShape } from "../model/model.ts";
import { decodeBase64, isNumberOf } from "./simple-text.ts";

/** JSON text as a value; an absent body is `{}`. Throws SerializationException. */
export function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : "the body is not UTF-8";
    throw new AwsError("SerializationException", `Could not parse request body into json: ${reason}`, { cause });
  }
}

/** Decodes the members of a structure that pass `filter`. Unknown members are ignored; null is absent. */
export function decodeStructure(
  model: ServiceModel,
  shape: StructureShape,
  json: unknown,
  path: string,
  filter: (member: MemberModel) => boolean = () => true,
): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrongType(json, "a structure", path);
  const source = json as Record<string, unknown>;
  const output: Record<string, unknown> = {};
  for (const name of Object.keys(shape.members)) {
    const member = shape.members[name];
    if (member === undefined || !Object.hasOwn(source, name) || !filter(member)) continue;
    const value = source[name];
    if (value !== null && value !== undefined) output[name] = decodeValue(model, member.shape, value, join(path, name));
  }
  return output;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function decodeValue(model: ServiceModel, name: string, json: unknown, path: string): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case "structure":
    case "union":
      return decodeStructure(model, shape, json, path);
    case "list":
      if (!Array.isArray(json)) throw wrongType(json, "a list", path);
      return json
        .map((item, index) => (item === null ? null : decodeValue(model, shape.member, item, `${path}.${index + 1}`)))
        .filter((item) => item !== null);
    case "map": {
      if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrongType(json, "a map", path);
      const entries = Object.entries(json).filter(([, value]) => value !== null);
      return Object.fromEntries(
        entries.map(([key, value]) => [key, decodeValue(model, shape.value, value, `${path}.${key}`)]),
      );
    }
    default:
      return decodeSimple(shape, json, path);
  }
}

function decodeSimple(shape: SimpleShape, json: unknown, path: string): unknown {
  switch (shape.type) {
    case "string":
      if (typeof json === "string") return json;
      break;
    case "boolean":
      if (typeof json === "boolean") return json;
      break;
    case "blob": {
      const bytes = typeof json === "string" ? decodeBase64(json) : undefined;
      if (bytes !== undefined) return bytes;
      break;
    }
    case "timestamp": {
      const date = typeof json === "number" ? new Date(Math.round(json * 1000)) : undefined;
      if (date !== undefined && !Number.isNaN(date.getTime())) return date;
      break;
    }
    default:
      if (typeof json === "number" && isNumberOf(shape, json)) return json;
  }
  throw wrongType(json, shape.type === "blob" ? "a base64 blob" : `a ${shape.type}`, path);
}

function wrongType(json: unknown, wanted: string, path: string): AwsError {
  const kind =
    json === null
      ? "null"
      : Array.isArray(json)
        ? "a list"
        : typeof json === "object"
          ? "a structure"
          : `a ${typeof json}`;
  const place = path === "" ? "the request body" : `'${path}'`;
  return new AwsError("SerializationException", `The value of ${place} is ${kind} that cannot be read as ${wanted}`);
}
