import type { IncomingMessage } from "node:http";
import { parse as parseYaml } from "yaml";
import { isJsonObject, type JsonObject } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import { decodeProtobufObject } from "../protobuf/decode-protobuf.ts";
import type { TypeTable } from "../schema/kubernetes-types.ts";

/** The API server's own limit for a request body is 3 MiB. */
const limitBytes = 3 * 1024 * 1024;

/** Reads the whole body. @throws StatusError 413 above 3 MiB. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The media type of the body, without parameters, in lower case; "" when there is none. */
export function mediaType(incoming: IncomingMessage): string {
  return (incoming.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Reads an object as JSON, YAML or protobuf. Undefined when the body is empty. @throws StatusError 400, 413, 415. */
export async function readObject(types: TypeTable, incoming: IncomingMessage): Promise<JsonObject | undefined> {
  const body = await readBody(incoming);
  if (body.length === 0) return undefined;
  switch (mediaType(incoming)) {
    case "application/vnd.kubernetes.protobuf":
      return decodeProtobufObject(types, body);
    case "application/yaml":
      return asObject(parseText(body, "yaml"));
    case "application/json":
    case "":
      return asObject(parseText(body, "json"));
    default:
      throw StatusError.unsupportedMediaType([
        ...["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"],
      ]);
  }
}

/** @throws StatusError 400 when the text does not parse. */
export function parseText(body: Buffer, format: "json" | "yaml"): unknown {
  try {
    const text = body.toString("utf8");
    return format === "json" ? (JSON.parse(text) as unknown) : (parseYaml(text, { maxAliasCount: 100 }) as unknown);
  } catch (error) {
    throw StatusError.badRequest(
      `the object provided is unrecognized: ${error instanceof Error ? error.message : "unreadable"}`,
    );
  }
}

export function asObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw StatusError.badRequest("the object provided is unrecognized (must be of type Object)");
}
