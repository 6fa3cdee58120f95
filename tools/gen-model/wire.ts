import type { ErrorTraits, MemberLocation, ServiceModel, Shape } from "@fc/aws";

/** The part of a model that an AWS SDK's own schemas hold. The drift test compares this part only. */
export interface WireModel {
  readonly operations: Readonly<Record<string, WireOperation>>;
  readonly structures: Readonly<Record<string, WireStructure>>;
}

export interface WireOperation {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly input?: string;
  readonly output?: string;
}

export interface WireStructure {
  readonly type: "structure" | "union";
  readonly members: Readonly<Record<string, WireMember>>;
  readonly error?: ErrorTraits;
  readonly eventStream?: true;
}

export interface WireMember {
  readonly type: WireType;
  readonly required?: true;
  readonly in?: MemberLocation;
  readonly name?: string;
  readonly idempotencyToken?: true;
  readonly sensitive?: true;
  readonly eventPayload?: true;
}

export type WireType =
  | { readonly kind: "structure"; readonly name: string }
  | { readonly kind: "list"; readonly member: WireType; readonly itemName?: string }
  | { readonly kind: "map"; readonly key: WireType; readonly value: WireType }
  | WireSimple;

export interface WireSimple {
  readonly kind: "string" | "number" | "boolean" | "timestamp" | "blob";
  readonly format?: "date-time" | "http-date" | "epoch-seconds";
}

/** A copy without the entries whose value is undefined. */
export function compact<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

/** The wire part of a committed model, without what only botocore knew. */
export function wireOfModel(model: ServiceModel): WireModel {
  const operations: Record<string, WireOperation> = {};
  for (const [name, { method, uri, status, input, output }] of Object.entries(model.operations)) {
    operations[name] = compact<WireOperation>({ method, uri, status, input, output });
  }
  const structures: Record<string, WireStructure> = {};
  for (const [name, shape] of Object.entries(model.shapes)) {
    if (shape.type !== "structure" && shape.type !== "union") continue;
    const members: Record<string, WireMember> = {};
    for (const [memberName, member] of Object.entries(shape.members)) {
      if (member.origin !== undefined) continue;
      const { shape: target, also: _also, unchecked: _unchecked, origin: _origin, ...traits } = member;
      members[memberName] = { type: wireTypeOf(model, target), ...traits };
    }
    structures[name] = { ...shape, members };
  }
  return { operations, structures };
}

function wireTypeOf(model: ServiceModel, name: string): WireType {
  const shape: Shape | undefined = model.shapes[name];
  if (shape === undefined) throw new Error(`the model names the shape ${name} and does not hold it`);
  switch (shape.type) {
    case "structure":
    case "union":
      return { kind: "structure", name };
    case "list":
      return compact<WireType & { kind: "list" }>({
        kind: "list",
        member: wireTypeOf(model, shape.member),
        itemName: shape.itemName,
      });
    case "map":
      return { kind: "map", key: wireTypeOf(model, shape.key), value: wireTypeOf(model, shape.value) };
    case "integer":
    case "long":
    case "float":
    case "double":
      return { kind: "number" };
    default:
      return compact<WireSimple>({ kind: shape.type, format: shape.format });
  }
}
