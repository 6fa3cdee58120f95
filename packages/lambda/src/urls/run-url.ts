import type { AwsHttpResponse } from "@fc/aws";
import type { Execution } from "../invocation/execution.ts";
import { invocationTarget } from "../invocation/invocation-target.ts";
import { payloadLimits } from "../invocation/payload.ts";
import { ResponsePipe } from "../invocation/response-pipe.ts";
import { runNow } from "../invocation/run-now.ts";
import type { LambdaParts } from "../parts.ts";
import type { UrlRecord } from "../state/url-record.ts";
import { internalServerError } from "./internal-server-error.ts";
import { type StreamedAnswer, streamedAnswer } from "./streamed-answer.ts";
import { answerOf, type UrlAnswer, type WholeAnswer } from "./url-answer.ts";

export interface UrlRun {
  readonly requestId: string;
  readonly payload: Uint8Array;
  /** The client's `X-Amzn-Trace-Id`. */
  readonly traceHeader: string | undefined;
  /** Headers that win over the function's. */
  readonly extra: Readonly<Record<string, string>>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/**
 * Runs a function for one request to its URL and gives its answer. A client that goes away leaves the function running.
 * @throws AwsError when the event did not reach the function; FcError `FC_LAMBDA_URL_RESPONSE_INVALID`
 */
export async function runUrl(parts: LambdaParts, record: UrlRecord, run: UrlRun): Promise<AwsHttpResponse> {
  const { requestId, payload, traceHeader, extra, signal } = run;
  const stream = new ResponsePipe({ limitBytes: parts.streamedResponseBytes, signal });
  const target = invocationTarget(parts, record.functionName, record, record.qualifier);
  const running = runNow(parts, target, { requestId, payload, traceHeader, signal, stream }).finally(() =>
    stream.end(),
  );
  await Promise.race([stream.started, running]);
  if (stream.contentType === undefined) return wholeAnswer(record, await running, extra);
  try {
    const streamed = await streamedAnswer(stream.contentType, stream.chunks());
    if (record.invokeMode !== "RESPONSE_STREAM") return await collected(streamed, running, extra);
    return {
      status: streamed.head.status,
      headers: headersOf(streamed.head, extra),
      body: passedOn(streamed, running),
    };
  } catch (error) {
    stream.discard();
    throw error;
  }
}

function wholeAnswer({ invokeMode }: UrlRecord, { result }: Execution, extra: UrlRun["extra"]): AwsHttpResponse {
  const raw = { status: 200, headers: { "content-type": "application/json" }, cookies: [], body: result.payload };
  if (result.outcome !== "success") return internalServerError(extra);
  return answer(invokeMode === "BUFFERED" ? answerOf(result.payload) : raw, extra);
}

/** Passes chunks on as they come. An error of the function cuts the connection: the status is long gone. */
async function* passedOn({ body }: StreamedAnswer, running: Promise<Execution>): AsyncGenerator<Uint8Array> {
  yield* body;
  const { result } = await running;
  if (result.outcome !== "success") throw new Error(`the function failed in its stream: ${result.errorType}`);
}

/** A function that streams behind a URL that does not. */
async function collected(
  { head, body }: StreamedAnswer,
  running: Promise<Execution>,
  extra: UrlRun["extra"],
): Promise<AwsHttpResponse> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size <= payloadLimits.response) chunks.push(chunk);
  }
  const { result } = await running;
  if (result.outcome !== "success" || size > payloadLimits.response) return internalServerError(extra);
  return answer({ ...head, body: Buffer.concat(chunks) }, extra);
}

function answer(whole: WholeAnswer, extra: UrlRun["extra"]): AwsHttpResponse {
  const { status, body } = whole;
  const headers = headersOf(whole, extra);
  return status === 204 || status === 304 ? { status, headers } : { status, headers, body };
}

function headersOf({ headers, cookies }: UrlAnswer, extra: UrlRun["extra"]): AwsHttpResponse["headers"] {
  const own = headers["set-cookie"];
  const all = own === undefined ? cookies : [own, ...cookies];
  return { ...headers, ...extra, ...(all.length === 0 ? {} : { "set-cookie": all }) };
}
