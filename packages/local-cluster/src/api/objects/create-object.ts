import type { KubeObject } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import { admit, mutateOnCreate } from "../admission/admission.ts";
import { type ApiContext, type ApiResponse, isDryRun, type ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { applyDefaults } from "./defaults.ts";
import { present, storedForm } from "./event-versions.ts";
import { bodyKind, checkFields, checkKind, settleMetadata, settleName } from "./prepare-object.ts";
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
  const inserted = insertObject(context, request, object);
  return { code: 201, body: inserted.object, warnings: [...warnings, ...inserted.warnings] };
}

/** An object as it was written, and what admission warns of. */
export interface Written {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/** Defaults, checks, admits and stores a new object; also what an apply to an absent object does. */
export function insertObject(context: ApiContext, request: ResourceRequest, object: KubeObject): Written {
  const { resource } = request;
  settleName(context, object);
  if ((object.metadata.resourceVersion ?? "") !== "") {
    throw StatusError.badRequest("resourceVersion should not be set on objects to be created");
  }
  const stored = storedForm(resource, object);
  applyDefaults(stored);
  mutateOnCreate(context, request, stored);
  // Again: the QoS class follows from what a LimitRange has filled in.
  applyDefaults(stored);
  applyServiceAddress(context, resource, stored, undefined);
  validateObject(resource, stored);
  const warnings = admit(context, request, stored, undefined);
  if (context.store.peek(resource.plural, request.namespace, stored.metadata.name) !== undefined) {
    throw StatusError.alreadyExists(resource, stored.metadata.name);
  }
  const written = isDryRun(request) ? stored : context.store.create(resource.plural, stored);
  return { object: present(resource, written), warnings };
}
