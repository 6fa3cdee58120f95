import type { ServerResponse } from "node:http";
import { StatusError } from "../../store/status-error.ts";
import { bindPod } from "../objects/bind-pod.ts";
import { createObject } from "../objects/create-object.ts";
import { deleteCollection, deleteObject } from "../objects/delete-object.ts";
import { present } from "../objects/event-versions.ts";
import { evictPod } from "../objects/evict-pod.ts";
import { listObjects } from "../objects/list-objects.ts";
import { patchObject } from "../objects/patch-object.ts";
import { createReview, createToken } from "../objects/reviews.ts";
import { updateObject } from "../objects/update-object.ts";
import { watchObjects } from "../objects/watch-objects.ts";
import { sendLogs } from "../streams/send-logs.ts";
import { includeObjectOf, outputForm, shape } from "../table/output-form.ts";
import { type ApiContext, type ApiResponse, isTrue, type ResourceRequest } from "./api-request.ts";
import { sendJson, warningHeaders } from "./respond.ts";

/** Answers a request to a resource. @throws StatusError whatever went wrong */
export async function handleResource(
  context: ApiContext,
  request: ResourceRequest,
  response: ServerResponse,
): Promise<void> {
  if (isWatch(request)) return watchObjects(context, request, response);
  if (request.subresource === "log" && request.method === "GET") return sendLogs(context, request, response);
  const { code, body, warnings = [] } = await answer(context, request);
  const { resource, query, incoming } = request;
  const form = outputForm(incoming.headers.accept);
  const shaped = shape(body, { resource, form, include: includeObjectOf(query), nowMs: context.clock.now() });
  sendJson(response, code, shaped, warningHeaders(warnings));
}

function isWatch(request: ResourceRequest): boolean {
  return request.method === "GET" && request.name === undefined && isTrue(request.query, "watch");
}

function answer(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> | ApiResponse {
  if (request.resource.storage === undefined) {
    if (request.method === "POST" && request.name === undefined) return createReview(context, request);
    throw StatusError.methodNotAllowed();
  }
  if (request.subresource !== undefined) return answerSubresource(context, request);
  const onObject = request.name !== undefined;
  switch (request.method) {
    case "GET":
      return onObject ? getObject(context, request) : listObjects(context, request);
    case "POST":
      if (onObject || (request.resource.namespaced && request.namespace === "")) throw StatusError.methodNotAllowed();
      return createObject(context, request);
    case "PUT":
      if (!onObject) throw StatusError.methodNotAllowed();
      return updateObject(context, request);
    case "PATCH":
      if (!onObject) throw StatusError.methodNotAllowed();
      return patchObject(context, request);
    case "DELETE":
      return onObject ? deleteObject(context, request) : deleteCollection(context, request);
    default:
      throw StatusError.methodNotAllowed();
  }
}

function answerSubresource(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> | ApiResponse {
  switch (`${request.method} ${request.subresource ?? ""}`) {
    case "GET status":
      return getObject(context, request);
    case "PUT status":
      return updateObject(context, request);
    case "PATCH status":
      return patchObject(context, request);
    case "PUT finalize":
      return updateObject(context, { ...request, subresource: undefined });
    case "POST eviction":
      return evictPod(context, request);
    case "POST binding":
      return bindPod(context, request);
    case "POST token":
      return createToken(context, request);
    default:
      // exec, attach and portforward answer to upgrades only.
      if (["exec", "attach", "portforward"].includes(request.subresource ?? ""))
        throw StatusError.badRequest("Upgrade request required");
      throw StatusError.methodNotAllowed();
  }
}

function getObject(context: ApiContext, request: ResourceRequest): ApiResponse {
  const { resource, namespace, name = "" } = request;
  const object = context.store.peek(resource.plural, namespace, name);
  if (object === undefined) throw StatusError.notFound(resource, name);
  return { code: 200, body: present(resource, object) };
}
