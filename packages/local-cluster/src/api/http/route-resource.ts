import { StatusError } from "../../store/status-error.ts";
import { findResource } from "../resources.ts";
import type { ResourceTarget } from "./api-request.ts";

/**
 * What a path names: `/api/v1/…` or `/apis/<group>/<version>/…`, then `[namespaces/<ns>/]<plural>[/<name>[/<subresource>]]`.
 * Undefined when it is no path below an API version (discovery and the like).
 *
 * @throws StatusError 404 for a resource or subresource that this API does not have.
 */
export function routeResource(path: string): ResourceTarget | undefined {
  const steps = path.split("/").slice(1).map(decode);
  const isCore = steps[0] === "api";
  if (!isCore && steps[0] !== "apis") return undefined;
  const [group = "", version = ""] = isCore ? ["", steps[1]] : steps.slice(1, 3);
  const rest = steps.slice(isCore ? 2 : 3);
  if (rest.length === 0 || rest[0] === "") return undefined;
  // "namespaces/x" and "namespaces/x/status" are the Namespace itself; with a further resource it is a prefix.
  const below =
    rest[0] === "namespaces" && rest.length > 2 && findResource(group, version, rest[2] ?? "") !== undefined;
  const namespace = below ? (rest[1] ?? "") : "";
  const [plural = "", name, subresource, ...excess] = below ? rest.slice(2) : rest;
  const resource = findResource(group, version, plural);
  if (resource === undefined || excess.length > 0 || name === "") throw StatusError.unknownPath();
  if (subresource !== undefined && !resource.subresources.some((entry) => entry.name === subresource))
    throw StatusError.unknownPath();
  if (resource.namespaced && name !== undefined && namespace === "") throw StatusError.unknownPath();
  return { resource, namespace, name, subresource };
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw StatusError.unknownPath();
  }
}
