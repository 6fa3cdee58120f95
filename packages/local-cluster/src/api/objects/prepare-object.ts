import { isJsonObject, type JsonObject, type KubeObject, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";
import { groupVersionOf } from "../resources.ts";
import { typeMismatch } from "../schema/check-types.ts";
import { normalizeFields } from "../schema/normalize-fields.ts";
import { dropUnknownFields, unknownFields } from "../schema/strict-fields.ts";

/** Kind and version as the path says; another one in the body is refused. @throws StatusError 400 */
export function checkKind(request: ResourceRequest, object: JsonObject, kind: string, apiVersion: string): void {
  const given = { kind: textAt(object, "kind") || kind, apiVersion: textAt(object, "apiVersion") || apiVersion };
  if (given.kind !== kind || given.apiVersion !== apiVersion) {
    const [group, version] = given.apiVersion.includes("/") ? given.apiVersion.split("/") : ["", given.apiVersion];
    const message = `${given.kind} in version ${JSON.stringify(version)} cannot be handled as a ${request.resource.kind}: converting (${group}/${version}, Kind=${given.kind}) to (${apiVersion}, Kind=${kind}): unknown conversion`;
    throw StatusError.badRequest(message);
  }
  object["kind"] = kind;
  object["apiVersion"] = apiVersion;
}

/**
 * Unknown fields by `fieldValidation`: Strict refuses them (400), Warn drops them with a warning (the default), Ignore
 * drops them.
 */
export function checkFields(context: ApiContext, request: ResourceRequest, object: JsonObject): string[] {
  const kind = textAt(object, "kind");
  const type = context.types.ofKind(textAt(object, "apiVersion"), kind);
  if (type === undefined) return [];
  const mismatch = typeMismatch(context.types, type, object);
  if (mismatch !== undefined) throw cannotHandle(kind, mismatch);
  const unknown = unknownFields(context.types, type, object);
  const mode = request.query.get("fieldValidation") ?? "Warn";
  if (unknown.length > 0 && mode === "Strict") throw cannotHandle(kind, `strict decoding error: ${unknown.join(", ")}`);
  dropUnknownFields(context.types, type, object);
  normalizeFields(context.types, type, object);
  return mode === "Warn" ? unknown : [];
}

function cannotHandle(kind: string, why: string): StatusError {
  return StatusError.badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${why}`);
}

/** Puts the object into the namespace of the path. @throws StatusError 400 when it names another one. */
export function settleMetadata(request: ResourceRequest, object: JsonObject): KubeObject {
  const given = object["metadata"] ?? {};
  if (!isJsonObject(given)) throw StatusError.badRequest("metadata has to be an object");
  const metadata: JsonObject = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  object["metadata"] = metadata;
  const { resource, namespace } = request;
  if (!resource.namespaced) Reflect.deleteProperty(metadata, "namespace");
  else {
    const named = textAt(metadata, "namespace") || namespace;
    if (named !== namespace) {
      throw StatusError.badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
    metadata["namespace"] = namespace;
  }
  if (request.name !== undefined && textAt(metadata, "name") !== request.name) {
    if (textAt(metadata, "name") !== "") {
      throw StatusError.badRequest(
        `the name of the object (${textAt(metadata, "name")}) does not match the name on the URL (${request.name})`,
      );
    }
    metadata["name"] = request.name;
  }
  return object as KubeObject;
}

/** `generateName` becomes a name: the base cut to 58 characters and five random ones. */
export function settleName(context: ApiContext, object: KubeObject): void {
  const { metadata } = object;
  const base = metadata.generateName ?? "";
  if ((metadata.name ?? "") === "" && base !== "") metadata.name = `${base.slice(0, 58)}${context.newSuffix()}`;
}

/** The storage form of the resource's kind: what the body has to be. */
export function bodyKind(request: ResourceRequest): { kind: string; apiVersion: string } {
  return { kind: request.resource.kind, apiVersion: groupVersionOf(request.resource) };
}
