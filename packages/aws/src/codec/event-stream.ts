import { crc32 } from "node:zlib";
import type { AwsError } from "../errors/aws-error.ts";
import { structureOf } from "../model/load-model.ts";
import type { ServiceModel, StructureShape } from "../model/model.ts";
import { encodeStructure } from "./json-encode.ts";

export const eventStreamContentType = "application/vnd.amazon.eventstream";

/** One message of `application/vnd.amazon.eventstream`; every header is a string. */
export function encodeEventMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const nameBytes = Buffer.from(name);
    const valueBytes = Buffer.from(value);
    const length = Buffer.alloc(3);
    length.writeUInt8(7, 0); // 7: string
    length.writeUInt16BE(valueBytes.byteLength, 1);
    parts.push(Buffer.from([nameBytes.byteLength]), nameBytes, length, valueBytes);
  }
  const headerBytes = Buffer.concat(parts);
  const total = 12 + headerBytes.byteLength + payload.byteLength + 4;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headerBytes.byteLength, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headerBytes.copy(message, 12);
  message.set(payload, 12 + headerBytes.byteLength);
  message.writeUInt32BE(crc32(message.subarray(0, total - 4)), total - 4);
  return message;
}

/**
 * Encodes a stream of events, each an object with one member of the union. What the source throws becomes an error
 * message at the end of the stream: the status line is long gone. `onError` gets it first.
 */
export async function* encodeEventStream(
  model: ServiceModel,
  union: StructureShape,
  events: AsyncIterable<unknown>,
  onError: (error: unknown) => AwsError,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const event of events) yield encodeEvent(model, union, event as Readonly<Record<string, unknown>>);
  } catch (cause) {
    const error = onError(cause);
    const headers = { ":message-type": "error", ":error-code": error.code, ":error-message": error.message };
    yield encodeEventMessage(headers, new Uint8Array());
  }
}

function encodeEvent(model: ServiceModel, union: StructureShape, event: Readonly<Record<string, unknown>>): Uint8Array {
  const name = Object.keys(event).find((member) => union.members[member] !== undefined && event[member] !== undefined);
  const target = name === undefined ? undefined : union.members[name];
  if (name === undefined || target === undefined) {
    const known = Object.keys(union.members).join(", ");
    throw new TypeError(
      `an event has the members ${Object.keys(event).join(", ") || "none"}; exactly one of ${known} is needed`,
    );
  }
  const shape = structureOf(model, target.shape);
  const value = event[name] as Readonly<Record<string, unknown>>;
  const payloadMember = Object.entries(shape.members).find(([, member]) => member.eventPayload === true)?.[0];
  const headers = { ":message-type": "event", ":event-type": name };
  if (payloadMember !== undefined) {
    const payload = (value[payloadMember] as Uint8Array | undefined) ?? new Uint8Array();
    return encodeEventMessage({ ...headers, ":content-type": "application/octet-stream" }, payload);
  }
  const json = Buffer.from(JSON.stringify(encodeStructure(model, shape, value)));
  return encodeEventMessage({ ...headers, ":content-type": "application/json" }, json);
}
