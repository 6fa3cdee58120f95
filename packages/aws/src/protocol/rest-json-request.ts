import { decodeStructure, parseJson } from "../codec/json-decode.ts";
import { type TimestampFormat, textToSimple } from "../codec/simple-text.ts";
import { AwsError } from "../errors/aws-error.ts";
import type { AwsHttpRequest } from "../http/http.ts";
import { decodePercent } from "../http/percent.ts";
import { decodeQuery, type Target } from "../http/target.ts";
import { isStructure, ModelError, shapeOf, structureOf } from "../model/load-model.ts";
import type { MemberModel, ServiceModel, StructureShape } from "../model/model.ts";
import type { RestMatch } from "../routing/rest-router.ts";

const code = "SerializationException";

export interface RestInput {
  readonly request: AwsHttpRequest;
  readonly target: Target;
  readonly match: RestMatch;
  readonly body: Uint8Array;
}

/** The operation's input from path, query, headers and body. Throws SerializationException. */
export function decodeRestInput(model: ServiceModel, input: RestInput): Record<string, unknown> {
  if (input.match.model.input === undefined) return {};
  const shape = structureOf(model, input.match.model.input);
  const query = decodeQuery(input.target.query, code);
  const output = decodeBody(model, shape, input.body);
  for (const [name, member] of Object.entries(shape.members)) {
    const value = decodeBound(model, name, member, input, query);
    if (value !== undefined) output[name] = value;
  }
  return output;
}

function decodeBody(model: ServiceModel, shape: StructureShape, body: Uint8Array): Record<string, unknown> {
  const payload = Object.entries(shape.members).find(([, member]) => member.in === "payload");
  if (payload !== undefined) {
    const [name, member] = payload;
    const target = shapeOf(model, member.shape);
    // An empty body and an absent one are the same on the wire.
    if (body.byteLength === 0 && !(target.type === "blob" && member.required)) return {};
    if (target.type === "blob") return { [name]: body };
    const value = decodeStructure(model, structureOf(model, member.shape), parseJson(body), name);
    return { [name]: value };
  }
  const isBody = (member: MemberModel): boolean => member.in === undefined;
  // An operation without body members ignores what is sent, as AWS does.
  if (!Object.values(shape.members).some(isBody)) return {};
  return decodeStructure(model, shape, parseJson(body), "", isBody);
}

function decodeBound(
  model: ServiceModel,
  name: string,
  member: MemberModel,
  { request, match }: RestInput,
  query: readonly (readonly [string, string])[],
): unknown {
  switch (member.in) {
    case "label":
      return decodeText(model, name, member.shape, decodePercent(match.labels[name] ?? "", code), "date-time");
    case "header": {
      const text = request.headers[(member.name ?? name).toLowerCase()];
      return text === undefined ? undefined : decodeText(model, name, member.shape, text, "http-date");
    }
    case "query": {
      const values = query.filter(([key]) => key === (member.name ?? name)).map(([, value]) => value);
      const shape = shapeOf(model, member.shape);
      if (values[0] === undefined) return undefined;
      if (shape.type !== "list") return decodeText(model, name, member.shape, values[0], "date-time");
      return values.map((value) => decodeText(model, name, shape.member, value, "date-time"));
    }
    default:
      return undefined;
  }
}

function decodeText(
  model: ServiceModel,
  name: string,
  shapeName: string,
  text: string,
  format: TimestampFormat,
): unknown {
  const shape = shapeOf(model, shapeName);
  if (isStructure(shape) || shape.type === "list" || shape.type === "map") {
    throw new ModelError(
      "FC_AWS_MODEL_UNSUPPORTED",
      `${name} is a ${shape.type} outside the body, which the restJson1 codec does not support`,
    );
  }
  const value = textToSimple(shape, text, format);
  if (value !== undefined) return value;
  throw new AwsError(code, `The value '${text.slice(0, 200)}' of '${name}' cannot be read as a ${shape.type}`);
}
