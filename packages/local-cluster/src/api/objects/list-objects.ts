import { parseFieldSelector } from "../../store/field-selector.ts";
import { isJsonObject, type KubeObject } from "../../store/kube-object.ts";
import { parseLabelSelector } from "../../store/label-selector.ts";
import type { Selectors } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ApiResponse, ResourceRequest } from "../http/api-request.ts";
import { groupVersionOf } from "../resources.ts";
import { present } from "./event-versions.ts";
import { checkListOptions } from "./list-options.ts";

/** The selectors of the query. @throws StatusError 400 when one does not parse. */
export function selectorsOf(request: ResourceRequest): Selectors {
  const labels = request.query.get("labelSelector") ?? "";
  const fields = request.query.get("fieldSelector") ?? "";
  return {
    labels: labels === "" ? undefined : parseLabelSelector(labels),
    fields: fields === "" ? undefined : parseFieldSelector(fields, request.resource.selectableFields),
  };
}

/** GET on a collection, in pages when `limit` is given. @throws StatusError 400, 410 for an old continue token, 504 */
export function listObjects(context: ApiContext, request: ResourceRequest): ApiResponse {
  const { store } = context;
  checkListOptions(request);
  const asked = Number(request.query.get("resourceVersion") ?? "0");
  if (asked > store.resourceVersion) throw tooLarge(asked, store.resourceVersion);
  const selectors = selectorsOf(request);
  const all = store.peekList(request.resource.plural, request.namespace, selectors);
  const token = request.query.get("continue") ?? "";
  const start = token === "" ? undefined : readToken(token);
  if (start !== undefined && store.eventsSince(request.resource.plural, start.version) === undefined) {
    throw StatusError.expired("The provided continue parameter is too old to display a consistent list result.");
  }
  const rest = start === undefined ? all : all.filter((object) => keyOf(object) > start.after);
  const limit = Number(request.query.get("limit") ?? "0");
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const version = start?.version ?? store.resourceVersion;
  const remaining = rest.length - page.length;
  const last = page.at(-1);
  const more = remaining > 0 && last !== undefined ? { continue: writeToken(version, keyOf(last)) } : {};
  const unselected = selectors.labels === undefined && selectors.fields === undefined;
  const count = remaining > 0 && unselected ? { remainingItemCount: remaining } : {};
  return { code: 200, body: listBody(context, request, page, { resourceVersion: String(version), ...more, ...count }) };
}

/** A List object. Its items are typed by the list, so they carry no kind of their own. */
export function listBody(
  context: ApiContext,
  request: ResourceRequest,
  objects: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
): KubeObject {
  const { resource } = request;
  const items = objects.map((object) => {
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = present(resource, object);
    return rest;
  });
  const version = { resourceVersion: String(context.store.resourceVersion), ...metadata };
  return {
    kind: `${resource.kind}List`,
    apiVersion: groupVersionOf(resource),
    metadata: version as unknown as KubeObject["metadata"],
    items,
  };
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

function writeToken(version: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start: after })).toString("base64url");
}

function readToken(token: string): { version: number; after: string } {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (isJsonObject(value) && typeof value["rv"] === "number" && typeof value["start"] === "string") {
      return { version: value["rv"], after: value["start"] };
    }
  } catch {
    // Said below, as for a token of another shape.
  }
  throw StatusError.badRequest("invalid continue token: continue key is not valid: it was not made by this server");
}

/** A version that this server has not reached. */
export function tooLarge(asked: number, current: number): StatusError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return new StatusError(504, "Timeout", `Timeout: ${message}`, { causes, retryAfterSeconds: 1 });
}
