import { AwsError } from "../errors/aws-error.ts";
import { ModelError, shapeOf } from "../model/load-model.ts";
import type { ListShape, ServiceModel, StructureShape } from "../model/model.ts";
import type { FormNode } from "./form.ts";
import { textToSimple } from "./simple-text.ts";

/** Decodes a structure from a form. Unknown parameters are ignored. Throws MalformedInput. */
export function decodeForm(
  model: ServiceModel,
  shape: StructureShape,
  node: FormNode,
  path: string,
): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const name of Object.keys(shape.members)) {
    const member = shape.members[name];
    const child = member === undefined ? undefined : node.children.get(member.name ?? name);
    if (member === undefined || child === undefined) continue;
    output[name] = decodeNode(model, member.shape, child, path === "" ? name : `${path}.${name}`);
  }
  return output;
}

function decodeNode(model: ServiceModel, name: string, node: FormNode, path: string): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case "structure":
    case "union":
      return decodeForm(model, shape, node, path);
    case "list":
      return listItems(shape, node, path).map((item, index) =>
        decodeNode(model, shape.member, item, `${path}.${index + 1}`),
      );
    case "map":
      throw new ModelError("FC_AWS_MODEL_UNSUPPORTED", `${path} is a map, which the awsQuery codec does not support`);
    default: {
      const text = node.value ?? "";
      const value = textToSimple(shape, text, "date-time");
      if (value !== undefined) return value;
      throw new AwsError(
        "MalformedInput",
        `The value '${text.slice(0, 200)}' of the parameter ${path} is not a valid ${shape.type}`,
      );
    }
  }
}

/** `Name.<itemName>.N`, `Name.member.N` or `Name.N`, by number; `Name=` is the empty list. */
function listItems(shape: ListShape, node: FormNode, path: string): readonly FormNode[] {
  const groups = [
    node,
    node.children.get("member"),
    shape.itemName === undefined ? undefined : node.children.get(shape.itemName),
  ];
  const items: [number, FormNode][] = [];
  for (const group of groups) {
    for (const [key, child] of group?.children ?? []) {
      if (/^\d{1,9}$/.test(key)) items.push([Number(key), child]);
      else if (group !== node)
        throw new AwsError("MalformedInput", `The parameter ${path} has the list index '${key.slice(0, 50)}'`);
    }
  }
  if (items.length === 0 && (node.value ?? "") !== "") {
    throw new AwsError(
      "MalformedInput",
      `The parameter ${path} is a list: its items are sent as ${path}.${shape.itemName ?? "member"}.1 and so on`,
    );
  }
  return items.sort(([a], [b]) => a - b).map(([, item]) => item);
}
