import type { MemberModel, OperationModel, ServiceModel, ServiceTraits, Shape, SimpleType } from "@fc/aws";
import type { BotocoreReference, BotocoreService, BotocoreShape } from "./botocore.ts";
import type { Declarations } from "./sdk-declarations.ts";
import type { Quirks } from "./services.ts";
import { compact, type WireMember, type WireModel, type WireType } from "./wire.ts";

export interface MergeInput {
  readonly service: ServiceTraits;
  readonly sources: Readonly<Record<string, string>>;
  readonly wire: WireModel;
  readonly declarations: Declarations;
  readonly enums: ReadonlyMap<string, readonly string[]>;
  readonly botocore: BotocoreService;
  readonly quirks: Quirks;
}

/** The SDK's wire facts with botocore's constraints, and what the two disagree on, for a human to read. */
export function mergeModel(input: MergeInput): { readonly model: ServiceModel; readonly notes: readonly string[] } {
  const merge = new Merge(input);
  const model = merge.run();
  return { model, notes: merge.notes };
}

class Merge {
  readonly notes: string[] = [];
  readonly #input: MergeInput;
  readonly #shapes = new Map<string, Shape>();
  readonly #structures: { name: string; botocore: BotocoreShape | undefined }[] = [];

  constructor(input: MergeInput) {
    this.#input = input;
  }

  run(): ServiceModel {
    const { service, sources, wire, botocore, declarations } = this.#input;
    const operations: Record<string, OperationModel> = {};
    for (const name of Object.keys(wire.operations).sort()) {
      const operation = wire.operations[name];
      if (operation === undefined) continue;
      const known = botocore.operations[name];
      if (known === undefined) this.notes.push(`botocore does not know the operation ${name}`);
      this.#visit(operation.input, known?.input);
      this.#visit(operation.output, known?.output);
      const errors = declarations.errors.get(name) ?? [];
      for (const error of errors) this.#visit(error, { shape: error });
      const maxBodyBytes = this.#input.quirks.maxBodyBytes[name];
      operations[name] = compact<OperationModel>({ ...operation, maxBodyBytes, errors } as OperationModel);
    }
    for (const name of Object.keys(botocore.operations)) {
      if (wire.operations[name] === undefined) this.notes.push(`the SDK does not know the operation ${name}`);
    }
    for (let next = this.#structures.pop(); next !== undefined; next = this.#structures.pop()) this.#structure(next);
    for (const name of Object.keys(wire.structures)) {
      if (!this.#shapes.has(name)) this.#visit(name, { shape: name });
    }
    for (let next = this.#structures.pop(); next !== undefined; next = this.#structures.pop()) this.#structure(next);
    const shapes = Object.fromEntries([...this.#shapes].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { service, sources, operations, shapes };
  }

  #visit(name: string | undefined, reference: BotocoreReference | undefined): void {
    if (name === undefined || this.#shapes.has(name)) return;
    const structure = this.#input.wire.structures[name];
    if (structure === undefined) throw new Error(`the SDK exports no schema for the structure ${name}`);
    this.#shapes.set(name, { ...structure, members: {} });
    this.#structures.push({ name, botocore: this.#botocoreShape(reference) });
  }

  #botocoreShape(reference: BotocoreReference | undefined): BotocoreShape | undefined {
    return reference === undefined ? undefined : this.#input.botocore.shapes[reference.shape];
  }

  #structure({ name, botocore }: { name: string; botocore: BotocoreShape | undefined }): void {
    const wire = this.#input.wire.structures[name];
    if (wire === undefined) return;
    const members: Record<string, MemberModel> = {};
    for (const [memberName, member] of Object.entries(wire.members)) {
      const known = botocore?.members?.[memberName];
      // botocore gives every error its message itself.
      const expected = wire.error !== undefined && memberName === "message";
      if (known === undefined && !expected) this.notes.push(`botocore does not know the member ${name}.${memberName}`);
      if (known !== undefined) this.#compare(`${name}.${memberName}`, memberName, member, known);
      members[memberName] = this.#member(`${name}.${memberName}`, member, known);
    }
    for (const [memberName, known] of Object.entries(botocore?.members ?? {})) {
      if (members[memberName] !== undefined) continue;
      if (known.location !== undefined)
        throw new Error(`botocore alone knows ${name}.${memberName}, which is in ${known.location}`);
      this.notes.push(`the SDK does not know the member ${name}.${memberName}: taken from botocore`);
      const type = this.#wireTypeOfBotocore(known.shape);
      members[memberName] = compact<MemberModel>({
        shape: this.#nameType(type, known, undefined),
        name: known.locationName === memberName ? undefined : known.locationName,
        required: botocore?.required?.includes(memberName) ? true : undefined,
        origin: "botocore",
      });
    }
    this.#shapes.set(name, { ...wire, members });
  }

  #member(path: string, member: WireMember, known: BotocoreReference | undefined): MemberModel {
    const { type, ...traits } = member;
    const shape = this.#nameType(type, known, this.#input.declarations.memberTypes.get(path));
    return compact<MemberModel>({
      shape,
      ...traits,
      also: this.#input.quirks.also[path],
      unchecked: this.#input.quirks.unchecked.includes(path) ? true : undefined,
    } as MemberModel);
  }

  /** Two models of AWS must agree on the wire; a new disagreement needs a human. */
  #compare(path: string, memberName: string, member: WireMember, known: BotocoreReference): void {
    const locations: Record<string, string> = {
      uri: "label",
      querystring: "query",
      header: "header",
      statusCode: "statusCode",
    };
    const location = known.location === undefined ? undefined : locations[known.location];
    const own = member.in === "payload" ? undefined : member.in;
    if (location !== own)
      throw new Error(`${path} is in ${own ?? "the body"} for the SDK, in ${location ?? "the body"} for botocore`);
    const name = known.locationName ?? memberName;
    if (own !== "label" && own !== "statusCode" && name !== (member.name ?? memberName)) {
      throw new Error(`${path} is named ${member.name ?? memberName} by the SDK, ${name} by botocore`);
    }
  }

  #nameType(type: WireType, reference: BotocoreReference | undefined, declared: string | undefined): string {
    const known = this.#botocoreShape(reference);
    const constraints = { min: known?.min, max: known?.max };
    if (type.kind === "structure") {
      this.#visit(type.name, reference);
      return type.name;
    }
    if (type.kind === "list") {
      const member = this.#nameType(type.member, known?.member, declared);
      const name = reference?.shape ?? `ListOf${member}`;
      const nullableItems = this.#input.quirks.nullableItems.includes(name) ? true : undefined;
      const list = { type: "list", member, itemName: type.itemName, nullableItems, ...constraints };
      return this.#define(name, compact<Shape>(list as Shape));
    }
    if (type.kind === "map") {
      const key = this.#nameType(type.key, known?.key, undefined);
      const value = this.#nameType(type.value, known?.value, undefined);
      return this.#define(
        reference?.shape ?? `MapOf${value}`,
        compact<Shape>({ type: "map", key, value, ...constraints } as Shape),
      );
    }
    const fallback = { string: "String", number: "Integer", boolean: "Boolean", timestamp: "Timestamp", blob: "Blob" }[
      type.kind
    ];
    const name = reference?.shape ?? (declared !== undefined && this.#input.enums.has(declared) ? declared : fallback);
    const pattern = this.#input.quirks.patterns[name] ?? known?.pattern;
    const simple = {
      type: simpleType(type.kind, known),
      format: type.format,
      enum: this.#enum(name, known),
      pattern,
      ...constraints,
    };
    return this.#define(name, compact<Shape>(simple as Shape));
  }

  #enum(name: string, known: BotocoreShape | undefined): readonly string[] | undefined {
    const values = [...new Set([...(known?.enum ?? []), ...(this.#input.enums.get(name) ?? [])])];
    return values.length === 0 ? undefined : values;
  }

  #define(name: string, shape: Shape): string {
    const existing = this.#shapes.get(name);
    if (existing === undefined) this.#shapes.set(name, shape);
    else if (JSON.stringify(existing) !== JSON.stringify(shape)) {
      throw new Error(`two shapes are called ${name}: ${JSON.stringify(existing)} and ${JSON.stringify(shape)}`);
    }
    return name;
  }

  #wireTypeOfBotocore(name: string): WireType {
    const shape = this.#input.botocore.shapes[name];
    if (shape === undefined) throw new Error(`botocore names the shape ${name} and does not hold it`);
    if (this.#input.wire.structures[name] !== undefined) return { kind: "structure", name };
    if (shape.type === "list" && shape.member !== undefined) {
      const member = this.#wireTypeOfBotocore(shape.member.shape);
      return compact<WireType & { kind: "list" }>({ kind: "list", member, itemName: shape.member.locationName });
    }
    const kinds = {
      string: "string",
      boolean: "boolean",
      integer: "number",
      long: "number",
      double: "number",
      float: "number",
    } as const;
    const kind = kinds[shape.type as keyof typeof kinds];
    if (kind === undefined)
      throw new Error(`botocore alone knows the ${shape.type} ${name}: upgrade the SDK, or carry it here`);
    return { kind };
  }
}

function simpleType(kind: string, known: BotocoreShape | undefined): SimpleType {
  if (kind !== "number") return kind as SimpleType;
  const type = known?.type;
  return type === "long" || type === "float" || type === "double" ? type : "integer";
}
