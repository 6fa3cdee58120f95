import { cloneJson, type JsonObject, type KubeObject, textAt } from "../../store/kube-object.ts";
import { timestamp } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, type ApiResponse, isTrue, type ResourceRequest } from "../http/api-request.ts";
import { asObject, mediaType, parseText, readBody } from "../http/request-body.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { serverSideApply } from "../patch/server-side-apply.ts";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.ts";
import { groupVersionOf } from "../resources.ts";
import { insertObject } from "./create-object.ts";
import { present, storedForm } from "./event-versions.ts";
import { bodyKind, checkFields, checkKind, settleMetadata } from "./prepare-object.ts";
import { storeUpdate } from "./update-object.ts";

const accepted = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** PATCH in the four forms of Kubernetes. @throws StatusError 400, 404, 409 (a version, or a field that another manager applied), 415, 422 */
export async function patchObject(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const format = mediaType(request.incoming);
  if (!accepted.includes(format)) throw StatusError.unsupportedMediaType(accepted);
  const body = await readBody(request.incoming);
  const patch = parseText(body, format === "application/apply-patch+yaml" ? "yaml" : "json");
  const { resource, namespace, name = "" } = request;
  const stored = context.store.peek(resource.plural, namespace, name);
  if (format === "application/apply-patch+yaml") return apply(context, request, asObject(patch), stored);
  if (stored === undefined) throw StatusError.notFound(resource, name);
  const next = patched(context, request, format, present(resource, stored), patch);
  return finish(context, request, next);
}

function patched(
  context: ApiContext,
  request: ResourceRequest,
  format: string,
  live: KubeObject,
  patch: unknown,
): JsonObject {
  if (format === "application/json-patch+json") return applyJsonPatch(live, patch);
  if (format === "application/merge-patch+json") return applyMergePatch(live, asObject(patch));
  const type = context.types.ofKind(groupVersionOf(request.resource), request.resource.kind);
  return applyStrategicMergePatch(context.types, type, live, asObject(patch));
}

function apply(
  context: ApiContext,
  request: ResourceRequest,
  applied: JsonObject,
  stored: KubeObject | undefined,
): ApiResponse {
  const manager = request.query.get("fieldManager") ?? "";
  if (manager === "") {
    const field = {
      reason: "FieldValueRequired",
      message: "Required value: is required for apply patch",
      field: "fieldManager",
    };
    throw StatusError.invalid({ plural: "", group: "meta.k8s.io", kind: "PatchOptions" }, "", [field]);
  }
  const { kind, apiVersion } = bodyKind(request);
  checkKind(request, applied, kind, apiVersion);
  const warnings = checkFields(context, request, applied);
  settleMetadata(request, applied);
  const type = context.types.ofKind(apiVersion, kind);
  const details = { manager, apiVersion, time: timestamp(context.clock.now()), force: isTrue(request.query, "force") };
  const live = stored === undefined ? {} : present(request.resource, stored);
  const next = serverSideApply(context.types, type, live, applied, details);
  if (stored !== undefined) {
    const finished = finish(context, request, next);
    return { ...finished, warnings: [...warnings, ...(finished.warnings ?? [])] };
  }
  const inserted = insertObject(context, request, settleMetadata(request, next));
  return { code: 201, body: inserted.object, warnings: [...warnings, ...inserted.warnings] };
}

function finish(context: ApiContext, request: ResourceRequest, next: JsonObject): ApiResponse {
  const object = cloneJson(next);
  const { kind, apiVersion } = bodyKind(request);
  checkKind(request, object, kind, apiVersion);
  const warnings = checkFields(context, request, object);
  const settled = settleMetadata(request, object);
  if (textAt(object["metadata"], "name") !== request.name)
    throw StatusError.badRequest("the name of an object cannot be changed");
  const updated = storeUpdate(context, request, storedForm(request.resource, settled));
  return { code: 200, body: updated.object, warnings: [...warnings, ...updated.warnings] };
}
