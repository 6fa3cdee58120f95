import type { KubeObject } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, type ApiResponse, isDryRun, type ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { applyDefaults } from "./defaults.ts";
import { present, storedForm } from "./event-versions.ts";
import { bodyKind, checkFields, checkKind, checkNamespace, settleMetadata, settleName } from "./prepare-object.ts";
import { applyServiceAddress } from "./service-address.ts";
import { validateObject } from "./validation.ts";

/** POST on a collection. @throws StatusError 400, 403, 404, 409, 415, 422 */
export async function createObject(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = await readObject(context.types, request.incoming);
  if (body === undefined) throw StatusError.badRequest("the request has no body");
  const { kind, apiVersion } = bodyKind(request);
  checkKind(request, body, kind, apiVersion);
  const warnings = checkFields(context, request, body);
  const object = settleMetadata(request, body);
  return { code: 201, body: insertObject(context, request, object), warnings };
}

/** Defaults, checks and stores a new object; also what an apply to an absent object does. */
export function insertObject(context: ApiContext, request: ResourceRequest, object: KubeObject): KubeObject {
  const { resource } = request;
  settleName(context, object);
  if ((object.metadata.resourceVersion ?? "") !== "") {
    throw StatusError.badRequest("resourceVersion should not be set on objects to be created");
  }
  const stored = storedForm(resource, object);
  applyDefaults(stored);
  checkNamespace(context, request, object.metadata.name);
  applyServiceAddress(context, resource, stored, undefined);
  validateObject(resource, stored);
  if (context.store.peek(resource.plural, request.namespace, stored.metadata.name) !== undefined) {
    throw StatusError.alreadyExists(resource, stored.metadata.name);
  }
  if (isDryRun(request)) return present(resource, stored);
  return present(resource, context.store.create(resource.plural, stored));
}
