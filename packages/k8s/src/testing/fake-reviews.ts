import { type FakeHandler, sendJson } from "./fake-answers.ts";

interface ResourceAttributes {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
}

/**
 * The paths beside objects: version, namespaces (all exist), and what the user is and may. Undefined for every other path.
 * @param denied verbs that the user may not: `create pods`, `get pods/log`, `list leases.coordination.k8s.io`
 */
export function reviewAnswer(path: string, denied: ReadonlySet<string>): FakeHandler | undefined {
  if (path === "/version") return (_request, response) => sendJson(response, 200, { gitVersion: "v1.34.0" });
  const namespace = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path)?.[1];
  if (namespace !== undefined)
    return (_request, response) =>
      sendJson(response, 200, { kind: "Namespace", metadata: { name: namespace }, status: { phase: "Active" } });
  if (path.endsWith("/selfsubjectreviews"))
    return (_request, response) => sendJson(response, 201, { status: { userInfo: { username: "fake-user" } } });
  if (!path.endsWith("/selfsubjectaccessreviews")) return undefined;
  return (request, response) => {
    const { spec } = JSON.parse(request.body) as { spec: { resourceAttributes: ResourceAttributes } };
    const { verb, group = "", resource, subresource } = spec.resourceAttributes;
    const name = [resource, subresource].filter(Boolean).join("/");
    const allowed = !denied.has(`${verb} ${group === "" ? name : `${name}.${group}`}`);
    sendJson(response, 201, { status: { allowed } });
  };
}
