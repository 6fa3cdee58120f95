import { requestDeletion } from "../../store/deletion.ts";
import { isJsonObject, objectAt, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, type ApiResponse, isDryRun, type ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";

const success = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/** POST on pods/x/eviction: a delete with its own options. PodDisruptionBudgets are kept but not enforced. */
export async function evictPod(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const options = objectAt(body, "deleteOptions");
  const grace = options["gracePeriodSeconds"];
  const preconditions = objectAt(options, "preconditions");
  const uid = textAt(preconditions, "uid");
  const { resource, namespace, name = "" } = request;
  const deletion = {
    gracePeriodSeconds: typeof grace === "number" ? grace : undefined,
    preconditions: { uid: uid === "" ? undefined : uid },
  };
  if (context.store.peek(resource.plural, namespace, name) === undefined) throw StatusError.notFound(resource, name);
  if (!isDryRun(request)) requestDeletion(context.store, resource, { namespace, name }, deletion, context.clock.now());
  return { code: 201, body: success };
}

/** POST on pods/x/binding: gives a Pod its node, once. @throws StatusError 404, 409 */
export async function bindPod(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const { resource, namespace, name = "" } = request;
  const pod = context.store.peek(resource.plural, namespace, name);
  if (pod === undefined) throw StatusError.notFound(resource, name);
  const node = textAt(objectAt(pod, "spec"), "nodeName");
  if (node !== "")
    throw StatusError.conflict(resource, name, `pod ${name} is already assigned to node ${JSON.stringify(node)}`);
  context.store.modify(resource.plural, namespace, name, (draft) => {
    if (isJsonObject(draft["spec"])) draft["spec"]["nodeName"] = textAt(objectAt(body, "target"), "name");
  });
  return { code: 201, body: success };
}
