import type { ServerResponse } from "node:http";
import { type FakeObject, type FakeObjects, selected } from "./fake-objects.ts";

/** A request that the fake server got. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Answers one request. */
export type FakeHandler = (request: FakeRequest, response: ServerResponse) => void;

/** A Status answer. */
export function statusAnswer(code: number, reason: string, message: string, retryAfterSeconds?: number): FakeHandler {
  return (_request, response) => {
    if (retryAfterSeconds !== undefined) response.setHeader("Retry-After", String(retryAfterSeconds));
    sendJson(response, code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });
  };
}

/** Ends the connection without an answer. */
export const dropConnection: FakeHandler = (_request, response) => {
  response.destroy();
};

/** Never answers. */
export const neverAnswer: FakeHandler = () => undefined;

/** Text, for logs. */
export function textAnswer(text: string): FakeHandler {
  return (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/plain" }).end(text);
  };
}

export function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** What an API server does with objects: the verbs of collections and objects, preconditions, paging, watch. */
export function objectAnswer(objects: FakeObjects, request: FakeRequest, response: ServerResponse): void {
  const target = /^((?:\/api\/v1|\/apis\/[^/]+\/[^/]+)\/namespaces\/[^/]+\/[^/]+)(?:\/([^/]+))?$/.exec(request.path);
  const [, collection, name] = target ?? [];
  if (collection === undefined) statusAnswer(404, "NotFound", "no such path")(request, response);
  else if (name === undefined) collectionAnswer(objects, collection, request, response);
  else singleAnswer(objects, collection, name, request, response);
}

function collectionAnswer(
  objects: FakeObjects,
  collection: string,
  request: FakeRequest,
  response: ServerResponse,
): void {
  const matches = (object: FakeObject): boolean => selected(object, request.query);
  if (request.method === "POST") createAnswer(objects, collection, request, response);
  else if (request.method === "DELETE") {
    const removed = objects.list(collection, matches).map(({ metadata }) => objects.remove(collection, metadata.name));
    sendJson(response, 200, { kind: "List", metadata: {}, items: removed });
  } else if (request.query.get("watch") === "true") watchAnswer(objects, collection, request, response);
  else listAnswer(objects, objects.list(collection, matches), request, response);
}

function createAnswer(objects: FakeObjects, collection: string, request: FakeRequest, response: ServerResponse): void {
  const object = JSON.parse(request.body) as FakeObject;
  const { name } = object.metadata;
  if (request.query.get("dryRun") === "All") sendJson(response, 201, object);
  else if (objects.get(collection, name) === undefined) sendJson(response, 201, objects.put(collection, object));
  else statusAnswer(409, "AlreadyExists", `"${name}" already exists`)(request, response);
}

function listAnswer(
  objects: FakeObjects,
  all: readonly FakeObject[],
  request: FakeRequest,
  response: ServerResponse,
): void {
  const start = Number(request.query.get("continue") ?? 0);
  const limit = Number(request.query.get("limit") ?? all.length);
  const next = start + limit < all.length ? { continue: String(start + limit) } : {};
  sendJson(response, 200, {
    kind: "List",
    metadata: { resourceVersion: objects.version, ...next },
    items: all.slice(start, start + limit),
  });
}

function watchAnswer(objects: FakeObjects, collection: string, request: FakeRequest, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.flushHeaders();
  const version = Number(request.query.get("resourceVersion") ?? 0);
  const end = objects.watch(collection, version, ({ type, object }) => {
    if (selected(object, request.query)) response.write(`${JSON.stringify({ type, object })}\n`);
  });
  response.on("close", end);
}

function singleAnswer(
  objects: FakeObjects,
  collection: string,
  name: string,
  request: FakeRequest,
  response: ServerResponse,
): void {
  const known = objects.get(collection, name);
  const sent = request.body === "" ? {} : (JSON.parse(request.body) as Partial<FakeObject> & DeleteOptions);
  const refusal =
    known === undefined ? statusAnswer(404, "NotFound", `"${name}" not found`) : unmet(known, sent, request);
  if (refusal !== undefined) refusal(request, response);
  else if (request.method === "PUT") sendJson(response, 200, objects.put(collection, sent as FakeObject));
  else if (request.method === "PATCH")
    sendJson(response, 200, objects.put(collection, merged(known, sent) as FakeObject));
  else if (request.method === "DELETE") sendJson(response, 200, objects.remove(collection, name));
  else sendJson(response, 200, known);
}

interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

function unmet(
  known: FakeObject,
  sent: Partial<FakeObject> & DeleteOptions,
  request: FakeRequest,
): FakeHandler | undefined {
  const wanted =
    request.method === "PUT" ? { resourceVersion: sent.metadata?.resourceVersion } : (sent.preconditions ?? {});
  const failed = Object.entries(wanted).find(([key, value]) => value !== undefined && value !== known.metadata[key]);
  return failed === undefined ? undefined : statusAnswer(409, "Conflict", `${failed[0]} is not ${failed[1]} any more`);
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  return result;
}
