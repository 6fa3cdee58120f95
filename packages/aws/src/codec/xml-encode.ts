import { ModelError, shapeOf } from "../model/load-model.ts";
import type { ServiceModel, StructureShape } from "../model/model.ts";
import { simpleToText } from "./simple-text.ts";

// Line ends and separators must be references, or XML's normalisation loses them.
const references: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as XML content. Characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      .replace(
        /[&<>"\r\n\u0085\u2028]/g,
        (char) => references[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`,
      )
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to replace
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
  );
}

/** The elements of a structure's members. */
export function encodeXmlMembers(model: ServiceModel, shape: StructureShape, value: unknown): string {
  const source = value as Readonly<Record<string, unknown>>;
  let xml = "";
  for (const name of Object.keys(shape.members)) {
    const member = shape.members[name];
    const item = source[name];
    if (member === undefined || item === undefined || item === null) continue;
    const content = encodeContent(model, member.shape, item, name);
    xml += element(member.name ?? name, content);
    if (member.also !== undefined) xml += element(member.also, content);
  }
  return xml;
}

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

function encodeContent(model: ServiceModel, name: string, value: unknown, path: string): string {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case "structure":
    case "union":
      return encodeXmlMembers(model, shape, value);
    case "list":
      return (value as readonly unknown[])
        .map((item) => element(shape.itemName ?? "member", encodeContent(model, shape.member, item, path)))
        .join("");
    case "map":
      throw new ModelError("FC_AWS_MODEL_UNSUPPORTED", `${path} is a map, which the awsQuery codec does not support`);
    default:
      return escapeXml(simpleToText(shape, value, "date-time"));
  }
}
