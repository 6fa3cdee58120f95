import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { CredentialSource } from "../../transport/credentials.ts";

/** Headers that end at the proxy: those of one connection (RFC 9110 7.6.1), the client's host and its token. */
const ownHeaders = new Set([
  "authorization",
  "connection",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
]);

/** The cluster behind the proxy, as the kubeconfig's own user. */
export class Upstream {
  readonly #credentials: CredentialSource;

  constructor(credentials: CredentialSource) {
    this.#credentials = credentials;
  }

  /**
   * Begins the client's request on a connection of its own, so that a connection that was kept brings no fault of its own. Its
   * body is for the caller to send.
   */
  async request(
    incoming: Pick<IncomingMessage, "method" | "url" | "headers">,
    options: { readonly upgrade: boolean; readonly signal: AbortSignal },
  ): Promise<ClientRequest> {
    const { server, tls, headers, proxyAgent } = await this.#credentials.get();
    return (server.protocol === "http:" ? httpRequest : httpsRequest)({
      method: incoming.method,
      hostname: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port === "" ? (server.protocol === "http:" ? 80 : 443) : server.port,
      path: server.pathname.replace(/\/$/, "") + (incoming.url ?? "/"),
      agent: proxyAgent ?? false,
      headers: {
        ...passedOn(incoming.headers),
        ...headers,
        ...(options.upgrade && { connection: "upgrade" }),
      },
      signal: options.signal,
      ...tls,
    });
  }

  /** Its credentials were refused: the next request asks for new ones. */
  refused(): void {
    this.#credentials.invalidate();
  }
}

/** The headers that go on to the other side. */
export function passedOn(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ownHeaders.has(name)) passed[name] = value;
  return passed;
}
