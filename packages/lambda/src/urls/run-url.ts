import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
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
}

/**
 * Runs a function for one request to its URL and answers with what it gives. A client that goes away leaves the function running.
 * @throws AwsError when the event did not reach the function; FcError `FC_LAMBDA_URL_RESPONSE_INVALID`
 */
export async function runUrl(
  parts: LambdaParts,
  record: UrlRecord,
  { requestId, payload, traceHeader, extra }: UrlRun,
  response: ServerResponse,
): Promise<void> {
  const stream = new ResponsePipe({ limitBytes: parts.streamedResponseBytes });
  const gone = new AbortController();
  response.once("close", () => {
    if (response.writableFinished) return;
    gone.abort(new Error("the client closed the connection"));
    stream.discard();
  });
  const target = invocationTarget(parts, record.functionName, record, record.qualifier);
  const running = runNow(parts, target, { requestId, payload, traceHeader, signal: gone.signal, stream }).finally(() =>
    stream.end(),
  );
  await Promise.race([stream.started, running]);
  if (stream.contentType === undefined) return answerWhole(record, await running, extra, response);
  try {
    const streamed = await streamedAnswer(stream.contentType, stream.chunks());
    if (record.invokeMode === "RESPONSE_STREAM") await passOn(streamed, running, extra, response);
    else await collect(streamed, running, extra, response);
  } catch (error) {
    stream.discard();
    throw error;
  }
}

function answerWhole(
  { invokeMode }: UrlRecord,
  { result }: Execution,
  extra: UrlRun["extra"],
  response: ServerResponse,
): void {
  const raw = { status: 200, headers: { "content-type": "application/json" }, cookies: [], body: result.payload };
  if (result.outcome !== "success") internalServerError(response, extra);
  else send(response, invokeMode === "BUFFERED" ? answerOf(result.payload) : raw, extra);
}

/** Passes chunks on as they come. An error of the function cuts the connection: the status is long gone. */
async function passOn(
  { head, body }: StreamedAnswer,
  running: Promise<Execution>,
  extra: UrlRun["extra"],
  response: ServerResponse,
): Promise<void> {
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* body;
    const { result } = await running;
    if (result.outcome !== "success") throw new Error(`the function failed in its stream: ${result.errorType}`);
  }
  response.writeHead(head.status, nodeHeaders(head, extra)).flushHeaders();
  await pipeline(Readable.from(whole(), { objectMode: false, highWaterMark: 0 }), response);
}

/** A function that streams behind a URL that does not. */
async function collect(
  { head, body }: StreamedAnswer,
  running: Promise<Execution>,
  extra: UrlRun["extra"],
  response: ServerResponse,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size <= payloadLimits.response) chunks.push(chunk);
  }
  const { result } = await running;
  if (result.outcome !== "success" || size > payloadLimits.response) return internalServerError(response, extra);
  send(response, { ...head, body: Buffer.concat(chunks) }, extra);
}

function send(response: ServerResponse, answer: WholeAnswer, extra: UrlRun["extra"]): void {
  const bodiless = answer.status === 204 || answer.status === 304;
  const length = bodiless ? {} : { "content-length": String(answer.body.byteLength) };
  response
    .writeHead(answer.status, { ...nodeHeaders(answer, extra), ...length })
    .end(bodiless ? undefined : answer.body);
}

function nodeHeaders({ headers, cookies }: UrlAnswer, extra: UrlRun["extra"]): Record<string, string | string[]> {
  const own = headers["set-cookie"];
  const all = own === undefined ? [...cookies] : [own, ...cookies];
  return { ...headers, ...extra, ...(all.length === 0 ? {} : { "set-cookie": all }) };
}
