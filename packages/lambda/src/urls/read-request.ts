import type { AwsHttpRequest, HttpConnection } from "@fc/aws";
import { payloadLimits } from "../invocation/payload.ts";
import type { UrlRequest } from "./url-event.ts";

export interface ReadRequest extends UrlRequest {
  /** The body was larger than an event can be; the rest of it was dropped. */
  readonly truncated: boolean;
}

/** Reads a request whole, with the headers that AWS's front end adds. */
export async function readRequest(
  incoming: AwsHttpRequest,
  known: Pick<UrlRequest, "target" | "requestId" | "receivedAt">,
): Promise<ReadRequest> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming.body) {
    size += chunk.byteLength;
    if (size <= payloadLimits.request) chunks.push(chunk);
  }
  // Who calls in the same process comes from where it runs.
  const { address, port, httpVersion, rawHeaders, encrypted } = incoming.connection ?? inProcess(incoming);
  const sourceIp = address.replace(/^::ffff:/, "");
  const headers = headersOf(rawHeaders);
  const before = headers["x-forwarded-for"];
  return {
    ...known,
    method: incoming.method,
    httpVersion,
    headers: {
      "x-forwarded-proto": encrypted === true ? "https" : "http",
      "x-forwarded-port": String(port),
      ...headers,
      "x-forwarded-for": before === undefined ? sourceIp : `${before}, ${sourceIp}`,
    },
    body: Buffer.concat(chunks),
    sourceIp,
    truncated: size > payloadLimits.request,
  };
}

function inProcess({ headers }: AwsHttpRequest): HttpConnection {
  const port = Number(/:(\d+)$/.exec(headers["host"] ?? "")?.[1] ?? 80);
  return { address: "127.0.0.1", port, httpVersion: "1.1", rawHeaders: Object.entries(headers).flat() };
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
