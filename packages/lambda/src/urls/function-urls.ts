import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError, type SignatureCheck } from "@fc/aws";
import { errorText, FcError } from "@fc/core";
import { payloadLimits } from "../invocation/payload.ts";
import type { LambdaParts } from "../parts.ts";
import type { UrlRecord } from "../state/url-record.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors.ts";
import { internalServerError } from "./internal-server-error.ts";
import { readRequest } from "./read-request.ts";
import { runUrl } from "./run-url.ts";
import { addressOf } from "./url-address.ts";
import { urlEvent } from "./url-event.ts";

/** The HTTP side of function URLs, for the listener of an embedder. */
export interface FunctionUrls {
  /** Whether a request is for a function URL: by its Host, or by the path `/_fakecloud/lambda/url/<url-id>/…`. */
  accepts(request: IncomingMessage): boolean;
  /** Answers one request. Rejects only for defects of this server. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export function createFunctionUrls(parts: LambdaParts, signedBy: SignatureCheck): FunctionUrls {
  return {
    accepts: ({ headers, url = "/" }) => addressOf(headers.host, url) !== undefined,
    handle: async (incoming, response) => {
      const address = addressOf(incoming.headers.host, incoming.url ?? "/");
      const record = parts.records.urls.list().find(({ value }) => value.urlId === address?.urlId)?.value;
      if (address === undefined || record === undefined) {
        incoming.resume();
        // As AWS answers for a URL that nobody has.
        return refuse(response, 403, "AccessDeniedException", null);
      }
      await serve({ parts, signedBy, record, target: address.target }, incoming, response);
    },
  };
}

interface Serving {
  readonly parts: LambdaParts;
  readonly signedBy: SignatureCheck;
  readonly record: UrlRecord;
  readonly target: string;
}

async function serve(
  { parts, signedBy, record, target }: Serving,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = parts.newId();
  response.setHeader("x-amzn-requestid", requestId);
  const request = await readRequest(incoming, { target, requestId, receivedAt: parts.clock.now() });
  const { method, headers } = request;
  if (record.cors !== undefined && isPreflight(method, headers)) {
    response.writeHead(200, { ...preflightHeaders(record.cors, headers), "content-length": "0" }).end();
    return;
  }
  const extra = corsHeaders(record.cors, headers);
  const accessKeyId =
    record.authType === "NONE"
      ? undefined
      : signedBy({ method, target: incoming.url ?? "/", headers, signal: new AbortController().signal }, request.body);
  if (record.authType === "AWS_IAM" && accessKeyId === undefined)
    return refuse(response, 403, "AccessDeniedException", "Forbidden", extra);
  const payload = Buffer.from(JSON.stringify(urlEvent(record, { ...request, accessKeyId })));
  if (request.truncated || payload.byteLength > payloadLimits.request) {
    const message = `Request must be smaller than ${payloadLimits.request} bytes for the InvokeFunction operation`;
    return refuse(response, 413, "RequestEntityTooLargeException", message, extra);
  }
  try {
    await runUrl(parts, record, { requestId, payload, traceHeader: headers["x-amzn-trace-id"], extra }, response);
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy();
    else fail(parts, record, error, response, extra);
  }
}

/** What kept the function from answering: throttling, no environment, or an answer that is no HTTP. */
function fail(
  parts: LambdaParts,
  { functionName }: UrlRecord,
  error: unknown,
  response: ServerResponse,
  extra: Readonly<Record<string, string>>,
): void {
  if (AwsError.isInstance(error)) {
    const status = error.code === "TooManyRequestsException" ? 429 : 502;
    refuse(response, status, error.code, error.message, extra);
  } else if (FcError.isInstance(error, "FC_LAMBDA_URL_RESPONSE_INVALID")) {
    parts.logger.warn({ functionName, error: errorText(error) }, "a function URL answered 502");
    internalServerError(response, extra);
  } else throw error;
}

function refuse(
  response: ServerResponse,
  status: number,
  errorType: string,
  message: string | null,
  extra: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify({ Message: message });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...extra, ...headers, "x-amzn-errortype": errorType }).end(body);
}
