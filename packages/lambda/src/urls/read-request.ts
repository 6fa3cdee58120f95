import type { IncomingMessage } from "node:http";
import { payloadLimits } from "../invocation/payload.ts";
import type { UrlRequest } from "./url-event.ts";

export interface ReadRequest extends UrlRequest {
  /** The body was larger than an event can be; the rest of it was dropped. */
  readonly truncated: boolean;
}

/** Reads a request whole, with the headers that AWS's front end adds. */
export async function readRequest(
  incoming: IncomingMessage,
  known: Pick<UrlRequest, "target" | "requestId" | "receivedAt">,
): Promise<ReadRequest> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size <= payloadLimits.request) chunks.push(chunk);
  }
  const sourceIp = (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const headers = headersOf(incoming.rawHeaders);
  const before = headers["x-forwarded-for"];
  return {
    ...known,
    method: incoming.method ?? "GET",
    httpVersion: incoming.httpVersion,
    headers: {
      "x-forwarded-proto": "http",
      "x-forwarded-port": String(incoming.socket.localPort ?? ""),
      ...headers,
      "x-forwarded-for": before === undefined ? sourceIp : `${before}, ${sourceIp}`,
    },
    body: Buffer.concat(chunks),
    sourceIp,
    truncated: size > payloadLimits.request,
  };
}

/** Lower-case names; values of repeated headers joined as AWS joins them, but cookies as RFC 6265 does. */
function headersOf(raw: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}${name === "cookie" ? "; " : ","}${value}`);
  }
  return Object.fromEntries(headers);
}
