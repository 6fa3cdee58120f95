import { encodeEventStream, eventStreamContentType } from "../codec/event-stream.ts";
import { encodeStructure } from "../codec/json-encode.ts";
import { simpleToText } from "../codec/simple-text.ts";
import type { AwsHttpResponse } from "../http/http.ts";
import { shapeOf, structureOf } from "../model/load-model.ts";
import type { MemberModel, OperationModel, ServiceModel, SimpleShape, StructureShape } from "../model/model.ts";
import type { EncodeOptions } from "./protocol.ts";

const json = "application/json";

/** The operation's output as status, headers and body. */
export function encodeRestOutput(
  model: ServiceModel,
  operation: OperationModel,
  output: Readonly<Record<string, unknown>>,
  options: EncodeOptions,
): AwsHttpResponse {
  const headers: Record<string, string> = { "x-amzn-requestid": options.requestId };
  if (operation.output === undefined) return withoutBody(operation.status, headers);
  const shape = structureOf(model, operation.output);
  const statusMember = Object.entries(shape.members).find(([, member]) => member.in === "statusCode")?.[0];
  const status =
    statusMember === undefined ? operation.status : ((output[statusMember] as number | undefined) ?? operation.status);
  const { contentType, body } = encodeBody(model, shape, output, options);
  if (status === 204) return withoutBody(status, { ...headers, ...boundHeaders(model, shape, output) });
  if (contentType !== undefined) headers["content-type"] = contentType;
  const bound = boundHeaders(model, shape, output);
  // An event stream is one whatever the handler calls its content.
  if (contentType === eventStreamContentType) delete bound["content-type"];
  return { status, headers: { ...headers, ...bound }, body };
}

function withoutBody(status: number, headers: Readonly<Record<string, string>>): AwsHttpResponse {
  return status === 204 ? { status, headers } : { status, headers, body: new Uint8Array() };
}

/** Members bound to headers, by lower-case name. */
export function boundHeaders(
  model: ServiceModel,
  shape: StructureShape,
  output: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const value = output[name];
    if (member.in !== "header" || value === undefined || value === null) continue;
    const text = simpleToText(shapeOf(model, member.shape) as SimpleShape, value, "http-date");
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      throw new TypeError(
        `the output member ${name} goes into a header and holds characters that a header cannot carry`,
      );
    }
    headers[(member.name ?? name).toLowerCase()] = text;
  }
  return headers;
}

function encodeBody(
  model: ServiceModel,
  shape: StructureShape,
  output: Readonly<Record<string, unknown>>,
  options: EncodeOptions,
): { contentType?: string; body: Uint8Array | AsyncIterable<Uint8Array> } {
  const payload = Object.entries(shape.members).find(([, member]) => member.in === "payload");
  if (payload === undefined) {
    const isBody = (member: MemberModel): boolean => member.in === undefined;
    return { contentType: json, body: Buffer.from(JSON.stringify(encodeStructure(model, shape, output, isBody))) };
  }
  const value = output[payload[0]];
  const target = shapeOf(model, payload[1].shape);
  if (target.type === "union" && target.eventStream) {
    const events = (value as AsyncIterable<unknown> | undefined) ?? noEvents();
    return {
      contentType: eventStreamContentType,
      body: encodeEventStream(model, target, events, options.onStreamError),
    };
  }
  if (target.type === "blob") return { contentType: json, body: (value as Uint8Array | undefined) ?? new Uint8Array() };
  if (value === undefined || value === null) return { body: new Uint8Array() };
  const structure = structureOf(model, payload[1].shape);
  return { contentType: json, body: Buffer.from(JSON.stringify(encodeStructure(model, structure, value))) };
}

async function* noEvents(): AsyncGenerator<unknown> {}
