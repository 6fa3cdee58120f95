import type { IncomingMessage } from "node:http";

/** What a request asks of the API, in the words of RBAC. */
export interface ProxiedRequest {
  /**
   * `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`; for a path that is no resource
   * (`/version`) the method in lower case.
   */
  readonly verb: string;
  /** `pods`, `pods/exec`, `leases`…; empty for a path that is no resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const collectionVerbs: Readonly<Record<string, string>> = {
  GET: "list",
  POST: "create",
  DELETE: "deletecollection",
};
const objectVerbs: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Reads method and path as the API server's RequestInfo does. */
export function proxiedRequest(request: Pick<IncomingMessage, "method" | "url">): ProxiedRequest {
  const { method = "GET" } = request;
  const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://proxy.invalid");
  const parts = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.+)$/.exec(path)?.[1]?.split("/").map(decodeURIComponent);
  if (parts === undefined)
    return { verb: method.toLowerCase(), resource: "", namespace: undefined, name: undefined, method, path, query };
  const { namespace, resource, name } = target(parts);
  const watches = method === "GET" && ["true", "1"].includes(query.get("watch") ?? "");
  const verbs = name === undefined ? collectionVerbs : objectVerbs;
  const verb = watches ? "watch" : (verbs[method] ?? method.toLowerCase());
  return { verb, resource, namespace, name, method, path, query };
}

function target(parts: readonly string[]): Pick<ProxiedRequest, "namespace" | "resource" | "name"> {
  const [first, second, third] = parts;
  // A namespace is an object too, with subresources of its own.
  const within = first === "namespaces" && third !== undefined && third !== "status" && third !== "finalize";
  const [plural = "", name, subresource] = within ? parts.slice(2) : parts;
  return {
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    name,
    namespace: within ? second : undefined,
  };
}
