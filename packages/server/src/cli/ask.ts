import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { TlsPair } from "../http/read-tls.ts";

/**
 * GETs a URL of the own server. One with a certificate must have exactly that one; for which names it is does not matter on the way over
 * loopback.
 */
export async function ask(
  url: string,
  options: { readonly tls: Pick<TlsPair, "cert"> | undefined; readonly signal: AbortSignal },
): Promise<{ readonly status: number; readonly body: string }> {
  const { tls, signal } = options;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent =
      tls === undefined
        ? plainRequest(url, { signal }, resolve)
        : tlsRequest(
            url,
            { signal, ca: tls.cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined },
            resolve,
          );
    sent.once("error", reject).end();
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
