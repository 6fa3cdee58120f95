import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";

/**
 * GETs a URL of the own server. Whether that lives does not depend on its certificate, which may have been renewed a moment ago or have run out,
 * and nothing secret is sent.
 */
export async function ask(
  url: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const request = url.startsWith("https:") ? tlsRequest : plainRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { signal, rejectUnauthorized: false }, resolve).once("error", reject).end();
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
