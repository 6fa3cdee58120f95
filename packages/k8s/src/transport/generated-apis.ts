import type { CoordinationV1Api, CoreV1Api, RequestContext } from "@kubernetes/client-node";
import type { HttpTransport } from "./http-transport.ts";

/** The module that is loaded on connect. */
export type ClientNode = typeof import("../config/client-node.ts");

/** client-node's generated APIs over our transport. They reject with KubernetesError, as everything here does. */
export function generatedApis(
  node: ClientNode,
  transport: HttpTransport,
): { readonly core: CoreV1Api; readonly coordination: CoordinationV1Api } {
  const configuration = node.createConfiguration({
    // The transport puts the real server and the credentials in; this only gives the paths something to stand on.
    baseServer: new node.ServerConfiguration("http://kubernetes.invalid", {}),
    httpApi: node.wrapHttpLibrary({
      send: async (request: RequestContext) => {
        const url = new URL(request.getUrl());
        const body = request.getBody();
        const signal = request.getSignal();
        const response = await transport.send({
          method: request.getHttpMethod(),
          path: url.pathname + url.search,
          headers: request.getHeaders(),
          ...(typeof body === "string" && { body }),
          ...(signal !== undefined && { signal }),
        });
        return new node.ResponseContext(
          response.httpStatus,
          { ...response.headers },
          new node.SelfDecodingBody(Promise.resolve(response.body)),
        );
      },
    }),
  });
  return { core: new node.CoreV1Api(configuration), coordination: new node.CoordinationV1Api(configuration) };
}
