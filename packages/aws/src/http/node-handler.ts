import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AwsHttpRequest, AwsHttpResponse } from "./http.ts";

/**
 * Serves a gateway from `node:http` or `node:https`: `createServer(createNodeHandler((request) => gateway.handle(request)))`.
 * The returned promise never rejects: a client that goes away, or a response stream that fails, ends the connection.
 */
export function createNodeHandler(
  handle: (request: AwsHttpRequest) => Promise<AwsHttpResponse>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort(new Error("the client closed the connection"));
    });
    try {
      await send(response, await handle(requestOf(request, gone.signal)), gone.signal);
      // What the answer did not wait for, such as the rest of a body that is too large, is read and dropped.
      request.resume();
    } catch {
      response.destroy();
    }
  };
}

function requestOf(request: IncomingMessage, signal: AbortSignal): AwsHttpRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  // An early answer must not destroy the socket that carries it.
  const body = request.iterator({ destroyOnReturn: false });
  const { httpVersion, rawHeaders, socket } = request;
  const encrypted = "encrypted" in socket && socket.encrypted === true;
  const connection = {
    encrypted,
    address: socket.remoteAddress ?? "",
    port: socket.localPort ?? 0,
    httpVersion,
    rawHeaders,
  };
  return { method: request.method ?? "GET", target: request.url ?? "/", headers, body, signal, connection };
}

async function send(response: ServerResponse, answer: AwsHttpResponse, signal: AbortSignal): Promise<void> {
  const { status, body } = answer;
  const headers = answer.headers as Record<string, string | string[]>;
  if (body === undefined) {
    response.writeHead(status, headers).end();
  } else if (body instanceof Uint8Array) {
    response.writeHead(status, { ...headers, "content-length": String(body.byteLength) }).end(body);
  } else {
    response.writeHead(status, headers).flushHeaders();
    // Nothing is taken that the client does not take.
    await pipeline(Readable.from(body, { objectMode: false, highWaterMark: 0 }), response, { signal });
  }
}
