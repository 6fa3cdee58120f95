import type { ServerResponse } from "node:http";
import type { KubeObject } from "../../store/kube-object.ts";
import type { Selectors } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import type { StoreEvent } from "../../store/watch-history.ts";
import { type ApiContext, isTrue, type ResourceRequest } from "../http/api-request.ts";
import { groupVersionOf } from "../resources.ts";
import { includeObjectOf, outputForm } from "../table/output-form.ts";
import { present } from "./event-versions.ts";
import { selectorsOf, tooLarge } from "./list-objects.ts";
import { checkListOptions } from "./list-options.ts";
import { WatchStream } from "./watch-stream.ts";

/** A client that reads slower than this many bytes behind is cut off; it resumes from its last version. */
const maxBufferedBytes = 4 * 1024 * 1024;
const bookmarkEveryMs = 60_000;

/** GET on a collection with `watch=true`: a line of JSON per change until the client goes, or `timeoutSeconds` are over. */
export function watchObjects(context: ApiContext, request: ResourceRequest, response: ServerResponse): void {
  const { store, clock } = context;
  const { resource, query } = request;
  checkListOptions(request);
  const selectors = selectorsOf(request);
  const form = outputForm(request.incoming.headers.accept);
  const stream = new WatchStream(
    response,
    { resource, form, include: includeObjectOf(query), nowMs: clock.now() },
    context.texts,
    maxBufferedBytes,
  );
  const initial = initialEvents(context, request, selectors);
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Cache-Control": "no-cache, private",
    "Transfer-Encoding": "chunked",
  });
  response.flushHeaders();
  if (initial instanceof StatusError) {
    stream.fail(initial.status);
    return;
  }
  for (const object of initial.objects) stream.send("ADDED", present(resource, object));
  const forward = (event: StoreEvent): void => {
    const seen = selectedEvent(event, request.namespace, selectors);
    if (seen !== undefined) stream.send(seen.type, present(resource, seen.object));
  };
  for (const event of initial.missed) forward(event);
  const apiVersion = groupVersionOf(resource);
  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata = { resourceVersion: String(store.resourceVersion), annotations };
    stream.sendBookmark({ kind: resource.kind, apiVersion, metadata });
  };
  if (isTrue(query, "sendInitialEvents")) bookmark({ "k8s.io/initial-events-end": "true" });
  const stop = [store.watch(resource.plural, forward)];
  const end = (): void => {
    for (const cancel of stop.splice(0)) cancel();
    context.closing.removeEventListener("abort", end);
    response.end();
  };
  const bookmarks = isTrue(query, "allowWatchBookmarks");
  const beat = (): void => {
    bookmark();
    stop[1] = clock.after(bookmarkEveryMs, beat);
  };
  stop.push(bookmarks ? clock.after(bookmarkEveryMs, beat) : (): void => undefined);
  stop.push(
    clock.after(timeoutMs(query), () => {
      if (bookmarks) bookmark();
      end();
    }),
  );
  response.once("close", end);
  context.closing.addEventListener("abort", end, { once: true });
  if (context.closing.aborted) end();
}

// Between 30 and 60 minutes when the client does not say, spread so that watches do not all renew at once.
function timeoutMs(query: URLSearchParams): number {
  const seconds = Number(query.get("timeoutSeconds") ?? "0");
  return (seconds > 0 ? seconds : 1_800 * (1 + Math.random())) * 1_000;
}

interface Initial {
  readonly objects: readonly KubeObject[];
  readonly missed: readonly StoreEvent[];
}

function initialEvents(context: ApiContext, request: ResourceRequest, selectors: Selectors): Initial | StatusError {
  const { store } = context;
  const version = request.query.get("resourceVersion") ?? "";
  const everything = request.query.get("sendInitialEvents");
  const current = version === "" || version === "0";
  if (everything === "true" || (current && everything !== "false")) {
    return { objects: store.peekList(request.resource.plural, request.namespace, selectors), missed: [] };
  }
  if (current) return { objects: [], missed: [] };
  if (Number(version) > store.resourceVersion + 1_000_000) throw tooLarge(Number(version), store.resourceVersion);
  const missed = store.eventsSince(request.resource.plural, Number(version));
  if (missed !== undefined) return { objects: [], missed };
  return StatusError.expired(`too old resource version: ${version} (${store.resourceVersion})`);
}

/** The event as a client with these selectors sees it: an object that stops matching is DELETED for it, and vice versa. */
export function selectedEvent(
  event: StoreEvent,
  namespace: string,
  selectors: Selectors,
): { type: StoreEvent["type"]; object: KubeObject } | undefined {
  const { object, previous, type } = event;
  if (namespace !== "" && object.metadata.namespace !== namespace) return undefined;
  const matches = (candidate: KubeObject): boolean =>
    selectors.labels?.(candidate.metadata.labels ?? {}) !== false && selectors.fields?.(candidate) !== false;
  const is = matches(object);
  if (type !== "MODIFIED" || previous === undefined) return is ? { type, object } : undefined;
  const was = matches(previous);
  if (is) return { type: was ? "MODIFIED" : "ADDED", object };
  if (!was) return undefined;
  const metadata = { ...previous.metadata, resourceVersion: String(event.resourceVersion) };
  return { type: "DELETED", object: { ...previous, metadata } };
}
