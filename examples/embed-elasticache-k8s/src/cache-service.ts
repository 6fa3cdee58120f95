import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorText } from "@fc/core";
import type { ElastiCacheK8sBackend } from "@fc/elasticache-k8s";
import { redisNode } from "./cache-spec.ts";

/**
 * An HTTP service of one's own that hands out caches: `PUT /caches/{id}` answers the endpoint, `PUT /caches/{id}?from={other}` makes one with the
 * data of another, `DELETE /caches/{id}` removes it. Below `/_fakecloud/` Pods fetch the data that they start with. The backend comes
 * later than the service: it has to know the service's port.
 */
export function createCacheService(backend: () => ElastiCacheK8sBackend): Server {
  return createServer((request, response) => {
    answer(backend(), request, response).catch((error: unknown) => send(response, 502, { error: errorText(error) }));
  });
}

async function answer(
  backend: ElastiCacheK8sBackend,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://service");
  const staged = /^\/_fakecloud\/elasticache\/_internal\/rdb\/(\w+)$/.exec(pathname)?.[1];
  const id = /^\/caches\/([a-z][a-z0-9-]*)$/.exec(pathname)?.[1];
  const signal = AbortSignal.timeout(120_000);
  if (staged !== undefined) return await sendRdb(backend, staged, request, response);
  if (id === undefined) return send(response, 404, { error: "There are only /caches/{id}" });
  const spec = redisNode(id);
  if (request.method === "PUT") {
    const from = searchParams.get("from");
    const restore = from === null ? {} : { restore: await backend.snapshot(redisNode(from), { signal }) };
    const { endpoint } = await backend.start(spec, { ...restore, signal });
    return send(response, 200, endpoint);
  }
  if (request.method === "DELETE") {
    await backend.delete(spec.nodeKey);
    return send(response, 200, {});
  }
  send(response, 405, { error: "There are PUT and DELETE" });
}

async function sendRdb(
  backend: ElastiCacheK8sBackend,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
  const content = backend.stagedRdb(id, token); // works once
  if (content === undefined) return send(response, 404, { error: "There is no such data" });
  response.writeHead(200, { "Content-Type": "application/octet-stream" });
  await pipeline(Readable.from(content), response);
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
