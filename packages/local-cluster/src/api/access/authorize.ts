import { StatusError } from "../../store/status-error.ts";
import { type ApiContext, isTrue, type ResourceRequest } from "../http/api-request.ts";
import { type AccessAttributes, isAllowed } from "./authorizer.ts";

/** What everybody who is known may ask: who they are, and what they may do. */
const forEverybody = ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"];

/** Lets a request pass that its user may make. @throws StatusError 403 */
export function authorize({ store }: ApiContext, request: ResourceRequest): void {
  const { resource, user } = request;
  if (forEverybody.includes(resource.plural)) return;
  const wanted = attributesOf(request);
  if (isAllowed(store, user, wanted)) return;
  const { namespace } = wanted;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `User ${JSON.stringify(user.name)} cannot ${wanted.verb} resource ${JSON.stringify(wanted.resource)} in API group ${JSON.stringify(resource.group)} ${where}`;
  throw StatusError.forbidden(resource, request.name ?? "", why);
}

function attributesOf(request: ResourceRequest): AccessAttributes {
  const { resource, subresource, query, name = "" } = request;
  // A namespace is taken to be inside of itself, so that a Role in it can be about it.
  const namespace = resource.kind === "Namespace" ? name : request.namespace;
  const selected = /^metadata\.name==?([^,]+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  return {
    ...{ verb: verbOf(request), group: resource.group, namespace, name: name || (selected ?? "") },
    resource: subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`,
  };
}

function verbOf({ method, name, query }: ResourceRequest): string {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    default:
      if (name !== undefined) return "get";
      return isTrue(query, "watch") ? "watch" : "list";
  }
}
