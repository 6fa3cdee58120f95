import { type JsonObject, listAt, objectAt, textAt } from "../../store/kube-object.ts";
import { timestamp } from "../../store/object-store.ts";
import { StatusError } from "../../store/status-error.ts";
import { isAllowed, rulesOf } from "../access/authorizer.ts";
import { issuer } from "../access/service-account-token.ts";
import type { User } from "../access/user.ts";
import type { ApiContext, ApiResponse, ResourceRequest } from "../http/api-request.ts";
import { readObject } from "../http/request-body.ts";
import { bodyKind, checkKind } from "./prepare-object.ts";

/** POST of a review: who somebody is, or what they may do. @throws StatusError 400 */
export async function createReview(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const { kind, apiVersion } = bodyKind(request);
  checkKind(request, body, kind, apiVersion);
  const metadata = { creationTimestamp: null };
  return {
    code: 201,
    body: { ...body, metadata, status: reviewStatus(context, kind, request, objectAt(body, "spec")) },
  };
}

function reviewStatus(context: ApiContext, kind: string, { user }: ResourceRequest, spec: JsonObject): JsonObject {
  switch (kind) {
    case "SelfSubjectAccessReview":
      return accessStatus(context, user, spec);
    case "SubjectAccessReview":
    case "LocalSubjectAccessReview":
      return accessStatus(context, { name: textAt(spec, "user"), groups: listAt(spec, "groups").map(String) }, spec);
    case "SelfSubjectRulesReview": {
      const rules = rulesOf(context.store, user, textAt(spec, "namespace"));
      const nonResourceRules = rules.filter((rule) => listAt(rule, "nonResourceURLs").length > 0);
      const resourceRules = rules.filter((rule) => !nonResourceRules.includes(rule));
      return { resourceRules, nonResourceRules, incomplete: false };
    }
    case "SelfSubjectReview":
      return { userInfo: userInfo(user) };
    default: {
      const known = context.authenticator.userOfToken(textAt(spec, "token"));
      if (known === undefined) return { authenticated: false, error: "the token speaks for nobody here" };
      return { authenticated: true, user: userInfo(known), audiences: [issuer] };
    }
  }
}

// What is no resource (discovery, health) is open to whoever is known.
function accessStatus({ store }: ApiContext, user: User, spec: JsonObject): JsonObject {
  const wanted = objectAt(spec, "resourceAttributes");
  if (spec["resourceAttributes"] === undefined) return { allowed: true };
  const subresource = textAt(wanted, "subresource");
  const allowed = isAllowed(store, user, {
    ...{ verb: textAt(wanted, "verb"), group: textAt(wanted, "group"), namespace: textAt(wanted, "namespace") },
    ...{ name: textAt(wanted, "name") },
    resource: subresource === "" ? textAt(wanted, "resource") : `${textAt(wanted, "resource")}/${subresource}`,
  });
  return { allowed };
}

function userInfo({ name, groups, uid }: User): JsonObject {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups };
}

/** POST on serviceaccounts/x/token: a token that the API takes for the account, for so long. @throws StatusError 404, 422 */
export async function createToken(context: ApiContext, request: ResourceRequest): Promise<ApiResponse> {
  const body = (await readObject(context.types, request.incoming)) ?? {};
  const { resource, namespace, name = "" } = request;
  const account = context.store.peek(resource.plural, namespace, name);
  if (account === undefined) throw StatusError.notFound(resource, name);
  const spec = objectAt(body, "spec");
  const seconds = Number(spec["expirationSeconds"] ?? 3_600);
  if (seconds < 600) {
    const message = `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`;
    const cause = { reason: "FieldValueInvalid", message, field: "spec.expirationSeconds" };
    throw StatusError.invalid({ plural: "", group: "authentication.k8s.io", kind: "TokenRequest" }, "", [cause]);
  }
  const audiences = listAt(spec, "audiences").map(String);
  const subject = { namespace, name, uid: account.metadata.uid ?? "" };
  const status = {
    token: context.authenticator.issueToken(subject, audiences.length > 0 ? audiences : [issuer], seconds),
    expirationTimestamp: timestamp(context.clock.now() + seconds * 1_000),
  };
  const metadata = { name, namespace, creationTimestamp: timestamp(context.clock.now()) };
  return {
    code: 201,
    body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", metadata, spec, status },
  };
}
