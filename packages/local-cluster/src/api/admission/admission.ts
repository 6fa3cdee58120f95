import type { KubeObject } from "../../store/kube-object.ts";
import { objectAt, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ResourceRequest } from "../http/api-request.ts";
import { admitWithinLimits, applyLimitDefaults } from "./limit-range.ts";
import { admitNamespace, admitPod } from "./pod-security/pod-security.ts";
import { admitWithinQuota } from "./resource-quota.ts";

const protectedNamespaces = ["default", "kube-public", "kube-system"];

/**
 * What admission does to a new object before it is checked: its namespace has to take it, a Pod's ServiceAccount has to be
 * there, LimitRanges fill in. Changes `object`. @throws StatusError 403, 404
 */
export function mutateOnCreate(context: ApiContext, request: ResourceRequest, object: KubeObject): void {
  checkNamespace(context, request, object.metadata.name);
  if (request.resource.kind !== "Pod") return;
  applyLimitDefaults(context.store, object);
  const { namespace } = request;
  const account = textAt(objectAt(object, "spec"), "serviceAccountName");
  if (context.store.peek("serviceaccounts", namespace, account) !== undefined) return;
  const why = `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`;
  throw StatusError.forbidden(request.resource, object.metadata.name, why);
}

/** What admission has against an object that is valid. Gives warnings. @throws StatusError 403, 422 */
export function admit(
  context: ApiContext,
  request: ResourceRequest,
  object: KubeObject,
  previous: KubeObject | undefined,
): readonly string[] {
  const { store } = context;
  const { resource, namespace } = request;
  if (resource.kind === "Namespace") return admitNamespace(resource, object, previous, store);
  const limited = resource.kind === "Pod" || resource.kind === "PersistentVolumeClaim";
  if (previous === undefined && limited) admitWithinLimits(store, resource, object);
  const warnings =
    resource.kind === "Pod" ? admitPod(resource, object, previous, store.peek("namespaces", "", namespace)) : [];
  if (previous === undefined && resource.namespaced) admitWithinQuota(store, resource, object);
  return warnings;
}

/** @throws StatusError 403 for the namespaces that a cluster cannot be without */
export function admitDeletion({ resource }: ResourceRequest, name: string): void {
  if (resource.kind === "Namespace" && protectedNamespaces.includes(name))
    throw StatusError.forbidden(resource, name, "this namespace may not be deleted");
}

function checkNamespace(context: ApiContext, request: ResourceRequest, name: string): void {
  if (!request.resource.namespaced) return;
  const namespace = context.store.peek("namespaces", "", request.namespace);
  const namespaces = { plural: "namespaces", group: "", kind: "Namespace" };
  if (namespace === undefined) throw StatusError.notFound(namespaces, request.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${request.namespace} because it is being terminated`;
  const message = `namespace ${request.namespace} is being terminated`;
  const cause = { reason: "NamespaceTerminating", message, field: "metadata.namespace" };
  throw StatusError.forbidden(request.resource, name, why, [cause]);
}
