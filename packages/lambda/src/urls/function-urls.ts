import { AwsError, type AwsHttpRequest, type AwsHttpResponse, type SignatureCheck } from "@fc/aws";
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

/** The HTTP side of function URLs. `createNodeHandler` and `createFetchHandler` of `@fc/aws` put it behind a listener, or behind none. */
export interface FunctionUrls {
  /** Whether a request is for a function URL: by its Host, or by the path `/_fakecloud/lambda/url/<url-id>/…`. */
  accepts(request: Pick<AwsHttpRequest, "target" | "headers">): boolean;
  /** Answers one request. Rejects only for defects of this server. */
  handle(request: AwsHttpRequest): Promise<AwsHttpResponse>;
}

export function createFunctionUrls(parts: LambdaParts, signedBy: SignatureCheck): FunctionUrls {
  return {
    accepts: ({ headers, target }) => addressOf(headers["host"], target) !== undefined,
    handle: async (incoming) => {
      const address = addressOf(incoming.headers["host"], incoming.target);
      const record = parts.records.urls.list().find(({ value }) => value.urlId === address?.urlId)?.value;
      // As AWS answers for a URL that nobody has.
      if (address === undefined || record === undefined) return refusal(403, "AccessDeniedException", null);
      const requestId = parts.newId();
      const answer = await serve({ parts, signedBy, record, target: address.target, requestId }, incoming);
      return { ...answer, headers: { "x-amzn-requestid": requestId, ...answer.headers } };
    },
  };
}

interface Serving {
  readonly parts: LambdaParts;
  readonly signedBy: SignatureCheck;
  readonly record: UrlRecord;
  readonly target: string;
  readonly requestId: string;
}

async function serve(
  { parts, signedBy, record, target, requestId }: Serving,
  incoming: AwsHttpRequest,
): Promise<AwsHttpResponse> {
  const request = await readRequest(incoming, { target, requestId, receivedAt: parts.clock.now() });
  const { method, headers } = request;
  if (record.cors !== undefined && isPreflight(method, headers))
    return { status: 200, headers: preflightHeaders(record.cors, headers), body: new Uint8Array() };
  const extra = corsHeaders(record.cors, headers);
  const accessKeyId = record.authType === "NONE" ? undefined : signedBy({ ...incoming, headers }, request.body);
  if (record.authType === "AWS_IAM" && accessKeyId === undefined)
    return refusal(403, "AccessDeniedException", "Forbidden", extra);
  const payload = Buffer.from(JSON.stringify(urlEvent(record, { ...request, accessKeyId })));
  if (request.truncated || payload.byteLength > payloadLimits.request) {
    const message = `Request must be smaller than ${payloadLimits.request} bytes for the InvokeFunction operation`;
    return refusal(413, "RequestEntityTooLargeException", message, extra);
  }
  const run = { requestId, payload, traceHeader: headers["x-amzn-trace-id"], extra, signal: incoming.signal };
  try {
    return await runUrl(parts, record, run);
  } catch (error) {
    return failure(parts, record, error, extra);
  }
}

/** What kept the function from answering: throttling, no environment, or an answer that is no HTTP. */
function failure(
  parts: LambdaParts,
  { functionName }: UrlRecord,
  error: unknown,
  extra: Readonly<Record<string, string>>,
): AwsHttpResponse {
  if (AwsError.isInstance(error)) {
    const status = error.code === "TooManyRequestsException" ? 429 : 502;
    return refusal(status, error.code, error.message, extra);
  }
  if (!FcError.isInstance(error, "FC_LAMBDA_URL_RESPONSE_INVALID")) throw error;
  parts.logger.warn({ functionName, error: errorText(error) }, "a function URL answered 502");
  return internalServerError(extra);
}

function refusal(
  status: number,
  errorType: string,
  message: string | null,
  extra: Readonly<Record<string, string>> = {},
): AwsHttpResponse {
  const headers = { ...extra, "content-type": "application/json", "x-amzn-errortype": errorType };
  return { status, headers, body: Buffer.from(JSON.stringify({ Message: message })) };
}
