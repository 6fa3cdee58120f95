import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AwsHttpRequest, AwsHttpResponse } from "@fc/aws";

/** A node:http request as the protocols see it. Its signal aborts when the client goes away before it was answered. */
export function toAwsRequest(request: IncomingMessage, response: ServerResponse): AwsHttpRequest {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("The client closed the connection"));
  });
  return {
    method: request.method ?? "GET",
    target: request.url ?? "/",
    headers: singleHeaders(request),
    body: request,
    signal: gone.signal,
  };
}

/** Writes an answer, with back-pressure when it is a stream. A stream that fails half way cuts the connection: no client takes the rest for whole. */
export async function sendAwsResponse(answer: AwsHttpResponse, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, answer.headers);
  if (answer.body === undefined) response.end();
  else if (answer.body instanceof Uint8Array) response.end(answer.body);
  else await pipeline(Readable.from(answer.body, { objectMode: false }), response);
}

function singleHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}
