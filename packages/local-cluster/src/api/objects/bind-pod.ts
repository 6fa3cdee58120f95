import { isJsonObject, objectAt, textAt } from "../../store/kube-object.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ApiResponse, ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";

const success = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

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
