import { randomBytes } from "node:crypto";
import { type JsonObject, objectAt } from "../../store/kube-object.ts";
import { timestamp } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import type { ApiContext, ApiResponse, ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { bodyKind, checkKind } from "./prepare-object.ts";

/** POST of a review: whoever is let in may do everything here. @throws StatusError 400 */
export async function createReview(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const { kind, apiVersion } = bodyKind(request);
  checkKind(request, body, kind, apiVersion);
  const metadata = { creationTimestamp: null };
  return { code: 201, body: { ...body, metadata, status: reviewStatus(kind, request) } };
}

function reviewStatus(kind: string, request: ResourceRequest): JsonObject {
  const userInfo = { username: request.user.name, groups: request.user.groups };
  switch (kind) {
    case "SelfSubjectAccessReview":
      return { allowed: true };
    case "SelfSubjectRulesReview":
      return {
        resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
        nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        incomplete: false,
      };
    case "SelfSubjectReview":
      return { userInfo };
    default:
      // A TokenReview: tokens of service accounts are accepted nowhere here.
      return { authenticated: false, error: "the local cluster does not verify tokens" };
  }
}

/** POST on serviceaccounts/x/token: a token that names nobody; no program in a Pod needs one here. */
export async function createToken(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const { resource, namespace, name = "" } = request;
  if (context.store.peek(resource.plural, namespace, name) === undefined) throw StatusError.notFound(resource, name);
  const seconds = Number(objectAt(body, "spec")["expirationSeconds"] ?? 3_600);
  const status = {
    token: randomBytes(24).toString("base64url"),
    expirationTimestamp: timestamp(context.clock.now() + seconds * 1_000),
  };
  const metadata = { name, namespace, creationTimestamp: timestamp(context.clock.now()) };
  return {
    code: 201,
    body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", metadata, spec: body["spec"], status },
  };
}
