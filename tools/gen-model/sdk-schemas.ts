import type { MemberLocation } from "@fc/aws";
import { NormalizedSchema } from "@smithy/core/schema";
import {
  compact,
  type WireMember,
  type WireModel,
  type WireOperation,
  type WireStructure,
  type WireType,
} from "./wire.ts";

type Traits = Readonly<Record<string, unknown>>;

/** Reads the schemas that an AWS SDK client exports (`CreateFunction$`, `CreateFunctionRequest$`, …). */
export function wireOfClient(client: Readonly<Record<string, unknown>>): WireModel {
  const operations: Record<string, WireOperation> = {};
  const structures: Record<string, WireStructure> = {};
  for (const [exported, schema] of Object.entries(client)) {
    if (!exported.endsWith("$") || !Array.isArray(schema)) continue;
    if (schema[0] === 9) operations[schema[2]] = operationOf(schema);
    else if (!String(schema[1]).startsWith("smithy.ts.sdk.synthetic")) structures[schema[2]] = structureOf(schema);
  }
  return { operations, structures };
}

function operationOf(schema: readonly unknown[]): WireOperation {
  const [, , , traits, input, output] = schema;
  const [method, uri, status] = (traits as { http?: [string, string, number] }).http ?? ["POST", "/", 200];
  return compact<WireOperation>({ method, uri, status, input: targetOf(input), output: targetOf(output) });
}

function targetOf(reference: unknown): string | undefined {
  const schema = NormalizedSchema.of(reference as Parameters<typeof NormalizedSchema.of>[0]);
  return schema.isUnitSchema() ? undefined : localName(schema);
}

function localName(schema: NormalizedSchema): string {
  return schema.getName()?.replace(/^.*#/, "") ?? "";
}

function structureOf(schema: readonly unknown[]): WireStructure {
  const normalized = NormalizedSchema.of(schema as unknown as Parameters<typeof NormalizedSchema.of>[0]);
  const traits = normalized.getMergedTraits() as Traits;
  const requiredCount = typeof schema[6] === "number" ? schema[6] : 0;
  const members: Record<string, WireMember> = {};
  let index = 0;
  for (const [name, member] of normalized.structIterator()) {
    members[name] = memberOf(name, member, index < requiredCount);
    index += 1;
  }
  const union = normalized.isUnionSchema();
  return compact<WireStructure>({
    type: union ? "union" : "structure",
    members,
    error: schema[0] === -3 ? errorOf(localName(normalized), traits) : undefined,
    eventStream: union && traits["streaming"] ? true : undefined,
  });
}

function errorOf(name: string, traits: Traits): NonNullable<WireStructure["error"]> {
  const query = traits["awsQueryError"] as [string, number] | undefined;
  const fault = traits["error"] === "server" ? "server" : "client";
  return compact<NonNullable<WireStructure["error"]>>({
    fault,
    status: query?.[1] ?? (traits["httpError"] as number | undefined) ?? (fault === "client" ? 400 : 500),
    code: query !== undefined && query[0] !== name ? query[0] : undefined,
  });
}

function memberOf(name: string, schema: NormalizedSchema, required: boolean): WireMember {
  const traits = schema.getMergedTraits() as Traits;
  const [location, wireName] = bindingOf(name, traits);
  return compact<WireMember>({
    type: typeOf(schema),
    required: required ? true : undefined,
    in: location,
    name: wireName === name ? undefined : wireName,
    idempotencyToken: traits["idempotencyToken"] ? true : undefined,
    sensitive: traits["sensitive"] ? true : undefined,
    eventPayload: traits["eventPayload"] ? true : undefined,
  });
}

function bindingOf(name: string, traits: Traits): [MemberLocation | undefined, string] {
  for (const unsupported of [
    "jsonName",
    "xmlFlattened",
    "xmlAttribute",
    "httpPrefixHeaders",
    "httpQueryParams",
    "eventHeader",
    "sparse",
  ]) {
    if (traits[unsupported])
      throw new Error(`${name} has the trait ${unsupported}, which the model does not carry yet`);
  }
  if (traits["httpLabel"]) return ["label", name];
  if (typeof traits["httpQuery"] === "string") return ["query", traits["httpQuery"]];
  if (typeof traits["httpHeader"] === "string") return ["header", traits["httpHeader"]];
  if (traits["httpResponseCode"]) return ["statusCode", name];
  if (traits["httpPayload"]) return ["payload", name];
  return [undefined, typeof traits["xmlName"] === "string" ? traits["xmlName"] : name];
}

function typeOf(schema: NormalizedSchema): WireType {
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    const itemName = (member.getMergedTraits() as Traits)["xmlName"] as string | undefined;
    return compact<WireType & { kind: "list" }>({ kind: "list", member: typeOf(member), itemName });
  }
  if (schema.isMapSchema())
    return { kind: "map", key: typeOf(schema.getKeySchema()), value: typeOf(schema.getValueSchema()) };
  if (schema.isStructSchema()) return { kind: "structure", name: localName(schema) };
  if (schema.isBlobSchema()) return { kind: "blob" };
  if (schema.isBooleanSchema()) return { kind: "boolean" };
  if (schema.isNumericSchema()) return { kind: "number" };
  if (schema.isTimestampSchema()) {
    const formats = { 5: "date-time", 6: "http-date", 7: "epoch-seconds" } as const;
    const format = formats[schema.getSchema() as keyof typeof formats];
    return format === undefined ? { kind: "timestamp" } : { kind: "timestamp", format };
  }
  if (schema.isStringSchema()) return { kind: "string" };
  throw new Error(`the schema ${String(schema.getName(true))} has a type that the model does not carry yet`);
}
