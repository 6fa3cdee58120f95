import { type Deletion, type DeletionOptions, requestDeletion } from "../../store/deletion.ts";
import type { JsonObject, KubeObject } from "../../store/kube-object.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import { admitDeletion } from "../admission/admission.ts";
import { type ApiContext, type ApiResponse, isDryRun, isTrue, type ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { type Resource, storedResources } from "../resources.ts";
import { readDeletionOptions } from "./deletion-options.ts";
import { present } from "./event-versions.ts";
import { listBody, selectorsOf } from "./list-objects.ts";

/** DELETE on an object. @throws StatusError 404, 409 */
export async function deleteObject(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const options = await deletionOptions(context, request);
  const { resource, namespace, name = "" } = request;
  const stored = context.store.get(resource.plural, namespace, name);
  if (stored === undefined) throw StatusError.notFound(resource, name);
  admitDeletion(request, name);
  const deletion = isDryRun(request) ? { object: stored, removed: true } : carryOut(context, resource, stored, options);
  return { code: 200, body: answer(resource, deletion) };
}

/** DELETE on a collection: answers with the list as it was. */
export async function deleteCollection(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const options = await deletionOptions(context, request);
  const { resource, namespace } = request;
  const objects = context.store.list(resource.plural, namespace, selectorsOf(request));
  if (!isDryRun(request)) for (const object of objects) carryOut(context, resource, object, options);
  return { code: 200, body: listBody(context, request, objects, {}) };
}

function carryOut(context: ApiContext, resource: Resource, object: KubeObject, options: DeletionOptions): Deletion {
  const { name, namespace = "", uid } = object.metadata;
  if (options.propagationPolicy === "Orphan") orphanDependents(context.store, uid ?? "");
  return requestDeletion(context.store, resource, { namespace, name }, options, context.clock.now());
}

function orphanDependents(store: ObjectStore, owner: string): void {
  for (const { plural } of storedResources) {
    for (const { metadata } of store.peekList(plural)) {
      if (metadata.ownerReferences?.some(({ uid }) => uid === owner) !== true) continue;
      store.modify(plural, metadata.namespace ?? "", metadata.name, (draft) => {
        const others = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner);
        if (others.length > 0) draft.metadata.ownerReferences = others;
        else delete draft.metadata.ownerReferences;
      });
    }
  }
}

// Pods answer with themselves, other kinds with a Status once they are gone.
function answer(resource: Resource, { object, removed }: Deletion): unknown {
  if (!removed || resource.kind === "Pod") return present(resource, object);
  const { name, uid } = object.metadata;
  const group = resource.group === "" ? {} : { group: resource.group };
  const details = { name, ...group, kind: resource.plural, uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** From the body; from the query only when there is no body, as the API server does. */
async function deletionOptions(context: ApiContext, request: ResourceRequest): Promise<DeletionOptions> {
  const options = readDeletionOptions(
    (await readObject(context.types, request.incoming)) ?? queryOptions(request.query),
  );
  if (options.dryRun) request.query.set("dryRun", "All");
  return options;
}

function queryOptions(query: URLSearchParams): JsonObject {
  const grace = query.get("gracePeriodSeconds");
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(query.has("propagationPolicy") ? { propagationPolicy: query.get("propagationPolicy") } : {}),
    ...(query.has("orphanDependents") ? { orphanDependents: isTrue(query, "orphanDependents") } : {}),
  };
}
