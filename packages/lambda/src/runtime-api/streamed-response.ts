import type { IncomingMessage, ServerResponse } from "node:http";
import type { ResponseSink } from "../backend/index.ts";
import type { EnvironmentSession } from "./environment-session.ts";
import { defaultStreamedBytes, type FunctionError, reportedError, responseTooLargeError } from "./function-error.ts";
import { answerError, answerJson, header } from "./http-answer.ts";

export interface StreamedInvocation {
  readonly session: EnvironmentSession;
  readonly requestId: string;
  readonly sink: ResponseSink;
}

/**
 * Passes a response on as the runtime writes it. The runtime's connection is read no faster than the sink takes, so that a slow
 * caller slows the function, and no more than a chunk is held here.
 */
export async function passOn(
  { session, requestId, sink }: StreamedInvocation,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { limitBytes = defaultStreamedBytes } = sink;
  let size = 0;
  sink.start(header(request, "content-type") ?? "application/octet-stream");
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      // What is too much is read and dropped, so that the runtime hears why.
      if (size <= limitBytes) await sink.write(chunk);
      // The invocation may have ended meanwhile, by its timeout for one.
      if (!session.desk.isAtWork(requestId)) break;
    }
  } catch {
    // A runtime that breaks off its answer is gone, or as good as that: how it ended may still be told.
    if (session.desk.isAtWork(requestId)) session.connectionLost();
    return;
  }
  if (!session.desk.isAtWork(requestId)) {
    request.destroy();
    return;
  }
  if (size > limitBytes) return tooLarge(session, requestId, limitBytes, response);
  const failure = trailingError(request);
  answerJson(response, 202, { status: "OK" });
  session.complete(requestId, failure === undefined ? { payload: new Uint8Array() } : { error: failure });
}

/** A streaming runtime reports an error after the first byte in trailers; the body is base64. */
export function trailingError(request: IncomingMessage): FunctionError | undefined {
  const errorType = request.trailers["lambda-runtime-function-error-type"];
  if (errorType === undefined) return undefined;
  const body = request.trailers["lambda-runtime-function-error-body"] ?? "";
  return reportedError(Buffer.from(body, "base64"), errorType);
}

/** Tells runtime and caller that the answer is larger than `limit` bytes. */
export function tooLarge(
  session: EnvironmentSession,
  requestId: string,
  limit: number,
  response: ServerResponse,
): void {
  const message = `Exceeded maximum allowed payload size (${limit} bytes).`;
  answerError(response, 413, "RequestEntityTooLarge", message);
  session.complete(requestId, { error: responseTooLargeError(limit) });
}
