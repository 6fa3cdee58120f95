import type { IncomingMessage, ServerResponse } from "node:http";
import { StatusError } from "../../store/status-error.ts";
import { authorize } from "../access/authorize.ts";
import { aggregatedDiscovery, aggregatedVersion, legacyDiscovery } from "../discovery/discovery.ts";
import { openapiDocument, openapiIndex } from "../discovery/openapi.ts";
import type { ApiContext, ResourceRequest } from "./api-request.ts";
import { checkHost } from "./check-host.ts";
import { handleResource } from "./handle-resource.ts";
import { sendError, sendJson, sendText } from "./respond.ts";
import { routeResource } from "./route-resource.ts";

const healthPaths = ["/healthz", "/livez", "/readyz"];

/** The version that this API speaks. The build fields name this program: it is no Kubernetes build. */
const version = {
  ...{ major: "1", minor: "34", gitVersion: "v1.34.0-fc", gitCommit: "", gitTreeState: "clean" },
  ...{
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "node",
    platform: `${process.platform}/${process.arch}`,
  },
};

/** Answers every request that is no upgrade. Never throws. */
export async function handleRequest(
  context: ApiContext,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    checkHost(incoming);
    const url = new URL(incoming.url ?? "/", "https://localhost");
    if (healthPaths.some((path) => url.pathname === path || url.pathname.startsWith(`${path}/`)))
      return sendText(response, 200, "ok");
    if (url.pathname === "/version") return sendJson(response, 200, version);
    const request = resourceRequest(context, incoming, url);
    if (request !== undefined) await handleResource(context, request, response);
    else sendDocument(context, incoming, url.pathname.replace(/(.)\/$/, "$1"), response);
  } catch (error) {
    sendError(response, error, context.logger);
  }
}

/** Who asks for which resource, and may; undefined for a path that is none. @throws StatusError 401, 403, 404 */
export function resourceRequest(context: ApiContext, incoming: IncomingMessage, url: URL): ResourceRequest | undefined {
  const user = context.authenticator.userOf(incoming);
  const target = routeResource(url.pathname);
  if (target === undefined) return undefined;
  const request = { ...target, method: incoming.method ?? "GET", query: url.searchParams, user, incoming };
  authorize(context, request);
  return request;
}

function sendDocument(context: ApiContext, incoming: IncomingMessage, path: string, response: ServerResponse): void {
  if (incoming.method !== "GET") throw StatusError.methodNotAllowed();
  if (path === "/api" || path === "/apis") {
    const wanted = aggregatedVersion(incoming.headers.accept);
    response.setHeader("Vary", "Accept");
    if (wanted !== undefined) {
      const type = `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`;
      sendJson(response, 200, aggregatedDiscovery(path, wanted), { "Content-Type": type });
      return;
    }
  }
  if (path === "/openapi/v3") {
    sendJson(response, 200, openapiIndex());
    return;
  }
  const document = path.startsWith("/openapi/v3/")
    ? openapiDocument(context.types, path.slice("/openapi/v3/".length))
    : legacyDiscovery(path, incoming.headers.host ?? "");
  if (document === undefined) throw StatusError.unknownPath();
  sendJson(response, 200, document);
}
