import { finishDeletion } from "../../store/deletion.ts";
import { equalJson, isJsonObject, type JsonObject, type KubeObject, objectAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import { admit } from "../admission/admission.ts";
import { type ApiContext, type ApiResponse, isDryRun, type ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { Causes } from "./causes.ts";
import { insertObject, type Written } from "./create-object.ts";
import { applyDefaults } from "./defaults.ts";
import { present, storedForm } from "./event-versions.ts";
import { bodyKind, checkFields, checkKind, settleMetadata } from "./prepare-object.ts";
import { applyServiceAddress } from "./service-address.ts";
import { validatePodUpdate } from "./validate-pod.ts";
import { validateObject } from "./validation.ts";

// These are created by a PUT to a name that does not exist yet, as the API server allows for them.
const createdByUpdate = new Set(["leases", "events", "endpoints", "services"]);

/** PUT on an object or on its status. @throws StatusError 400, 404, 409, 415, 422 */
export async function updateObject(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = await readObject(context.types, request.incoming);
  if (body === undefined) throw StatusError.badRequest("the request has no body");
  const { kind, apiVersion } = bodyKind(request);
  checkKind(request, body, kind, apiVersion);
  const warnings = checkFields(context, request, body);
  const object = settleMetadata(request, body);
  const stored = context.store.peek(request.resource.plural, request.namespace, object.metadata.name);
  if (stored === undefined && createdByUpdate.has(request.resource.plural) && request.subresource === undefined) {
    Reflect.deleteProperty(object.metadata, "resourceVersion");
    const inserted = insertObject(context, request, object);
    return { code: 201, body: inserted.object, warnings: [...warnings, ...inserted.warnings] };
  }
  const updated = storeUpdate(context, request, storedForm(request.resource, object));
  return { code: 200, body: updated.object, warnings: [...warnings, ...updated.warnings] };
}

/** Checks `next` against what is stored and writes it; an unchanged object is not written. */
export function storeUpdate(context: ApiContext, request: ResourceRequest, next: KubeObject): Written {
  const { store } = context;
  const { resource, namespace } = request;
  const stored = store.peek(resource.plural, namespace, next.metadata.name);
  if (stored === undefined) throw StatusError.notFound(resource, next.metadata.name);
  const version = next.metadata.resourceVersion ?? "";
  if (version !== "" && version !== stored.metadata.resourceVersion)
    throw StatusError.conflict(resource, next.metadata.name);
  const dryRun = isDryRun(request);
  if (request.subresource === "status") {
    const object = dryRun ? { ...stored, status: next["status"] } : updateStatus(context, request, next);
    return { object: present(resource, object), warnings: [] };
  }
  applyUpdateDefaults(next);
  applyServiceAddress(context, resource, next, stored);
  validateObject(resource, next);
  checkImmutable(request, next, stored);
  const warnings = admit(context, request, next, stored);
  if (dryRun) {
    const { uid, creationTimestamp, generation } = stored.metadata;
    const metadata = {
      ...next.metadata,
      ...JSON.parse(JSON.stringify({ uid, creationTimestamp, generation })),
    } as KubeObject["metadata"];
    return { object: present(resource, { ...next, metadata }), warnings };
  }
  const written = store.update(resource.plural, next);
  finishDeletion(store, resource, written);
  return { object: present(resource, written), warnings };
}

// The status subresource writes status, labels and annotations, nothing else.
function updateStatus(context: ApiContext, request: ResourceRequest, next: KubeObject): KubeObject {
  const { labels, annotations, name } = next.metadata;
  const written = context.store.modify(request.resource.plural, request.namespace, name, (draft) => {
    draft["status"] = next["status"] ?? {};
    if (labels !== undefined) draft.metadata.labels = labels;
    if (annotations !== undefined) draft.metadata.annotations = annotations;
  });
  if (written === undefined) throw StatusError.notFound(request.resource, name);
  return written;
}

function applyUpdateDefaults(next: KubeObject): void {
  const status = next["status"];
  applyDefaults(next);
  next["status"] = status;
}

function checkImmutable(request: ResourceRequest, next: KubeObject, stored: KubeObject): void {
  const causes = new Causes();
  if (request.resource.kind === "Pod") validatePodUpdate(causes, objectAt(next, "spec"), objectAt(stored, "spec"));
  if (stored["immutable"] === true && !equalJson(payload(next), payload(stored))) {
    causes.forbidden("data", "field is immutable when `immutable` is set");
  }
  if (request.resource.kind === "Secret" && next["type"] !== stored["type"]) {
    causes.invalid("type", next["type"], "field is immutable");
  }
  if (causes.list.length > 0) throw StatusError.invalid(request.resource, next.metadata.name, causes.list);
}

function payload(object: JsonObject): unknown[] {
  return [object["data"] ?? {}, object["binaryData"] ?? {}, object["immutable"] === true].map((x) =>
    isJsonObject(x) ? { ...x } : x,
  );
}
