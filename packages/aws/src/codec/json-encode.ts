import { shapeOf } from "../model/load-model.ts";
import type { MemberModel, ServiceModel, StructureShape } from "../model/model.ts";

/** The JSON form of the members of a structure that pass `filter`. Absent members stay absent. */
export function encodeStructure(
  model: ServiceModel,
  shape: StructureShape,
  value: unknown,
  filter: (member: MemberModel) => boolean = () => true,
): Record<string, unknown> {
  const source = value as Readonly<Record<string, unknown>>;
  const output: Record<string, unknown> = {};
  for (const name of Object.keys(shape.members)) {
    const member = shape.members[name];
    const item = source[name];
    if (member === undefined || item === undefined || item === null || !filter(member)) continue;
    output[name] = encodeValue(model, member.shape, item);
  }
  return output;
}

function encodeValue(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case "structure":
    case "union":
      return encodeStructure(model, shape, value);
    case "list":
      return (value as readonly unknown[]).map((item) => encodeValue(model, shape.member, item));
    case "map":
      return Object.fromEntries(
        Object.entries(value as object)
          .filter(([, item]) => item !== undefined && item !== null)
          .map(([key, item]) => [key, encodeValue(model, shape.value, item)]),
      );
    case "timestamp":
      return (value as Date).getTime() / 1000;
    case "blob": {
      const bytes = value as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    }
    default:
      return value;
  }
}
