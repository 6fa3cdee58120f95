import type { IncomingMessage, ServerResponse } from "node:http";
import type { Invocation } from "../backend/index.ts";
import type { EnvironmentSession } from "./environment-session.ts";
import { isExtensionPath, serveExtension } from "./extension-routes.ts";
import { maxResponseBytes, reportedError, responseTooLargeError } from "./function-error.ts";
import { answerError, answerJson, header, readBody } from "./http-answer.ts";
import type { Poll } from "./runtime-side.ts";
import { passOn, tooLarge, trailingError } from "./streamed-response.ts";
import { serveSubscription, telemetryApiOf } from "./telemetry-routes.ts";

const invocationPath = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;

/** Serves one request of a runtime: the Lambda Runtime API, version 2018-06-01. */
export async function serveRuntime(
  session: EnvironmentSession,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method } = request;
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  if (method === "GET" && path === "/2018-06-01/runtime/invocation/next") return next(session, response);
  if (method === "POST" && path === "/2018-06-01/runtime/init/error")
    return await initError(session, request, response);
  const match = invocationPath.exec(path);
  if (method === "POST" && match !== null) {
    const [, requestId = "", kind] = match;
    await (kind === "error" ? invocationError : invocationResponse)(session, requestId, request, response);
    return;
  }
  if (isExtensionPath(path)) return await serveExtension(session, path, request, response);
  const api = telemetryApiOf(path);
  if (method === "PUT" && api !== undefined) return await serveSubscription(session, api, request, response);
  answerError(response, 404, "NotFound", `${method} ${path} is not an operation of the Runtime API`);
}

function next(session: EnvironmentSession, response: ServerResponse): void {
  // A refusal would make a runtime fail that is about to be told of its end.
  if (session.isEnded) {
    void session.finished.then(() => response.destroy());
    return;
  }
  const poll: Poll = {
    deliver: (invocation) => {
      if (response.destroyed || response.socket === null || response.socket.destroyed) return false;
      response.writeHead(200, invocationHeaders(session, invocation));
      response.end(invocation.payload);
      return true;
    },
    drop: () => response.destroy(),
  };
  response.on("close", () => session.pollClosed(poll));
  if (!session.next(poll))
    answerError(
      response,
      403,
      "InvalidStateTransition",
      "The runtime has not answered its last invocation, or waits already",
    );
}

function invocationHeaders(session: EnvironmentSession, invocation: Invocation): Record<string, string | number> {
  return {
    "Content-Type": "application/json",
    "Content-Length": invocation.payload.byteLength,
    "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
    "Lambda-Runtime-Deadline-Ms": invocation.deadlineMs,
    "Lambda-Runtime-Invoked-Function-Arn": invocation.invokedFunctionArn,
    "Lambda-Runtime-Trace-Id": invocation.traceId ?? newTraceId(session, invocation),
    ...(invocation.clientContext === undefined
      ? {}
      : { "Lambda-Runtime-Client-Context": headerSafe(invocation.clientContext) }),
  };
}

/** Every invocation has a trace id, sampled or not: derived from its request id and time. */
function newTraceId(session: EnvironmentSession, invocation: Invocation): string {
  const seconds = Math.floor(
    (invocation.deadlineMs - (session.lives.current.handover.options?.spec.timeoutSeconds ?? 0) * 1_000) / 1_000,
  );
  const digits = `${invocation.requestId}${session.id}`.replaceAll(/[^0-9a-f]/g, "").padEnd(40, "0");
  return `Root=1-${Math.max(0, seconds).toString(16).padStart(8, "0").slice(-8)}-${digits.slice(0, 24)};Parent=${digits.slice(24, 40)};Sampled=0`;
}

/** JSON may hold what a header cannot; escapes mean the same to a JSON parser. */
function headerSafe(json: string): string {
  return json
    .replaceAll(/[\r\n]+\s*/g, " ")
    .replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

async function invocationResponse(
  session: EnvironmentSession,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const streamed = header(request, "lambda-runtime-function-response-mode")?.toLowerCase() === "streaming";
  const sink = streamed ? session.desk.sink(requestId) : undefined;
  if (sink !== undefined) return await passOn({ session, requestId, sink }, request, response);
  const body = await readBody(request, maxResponseBytes);
  if (!session.desk.isAtWork(requestId)) return wrongId(response, requestId);
  if (body === undefined) return tooLarge(session, requestId, maxResponseBytes, response);
  const failure = streamed ? trailingError(request) : undefined;
  answerJson(response, 202, { status: "OK" });
  session.complete(requestId, failure === undefined ? { payload: body } : { error: failure });
}

async function invocationError(
  session: EnvironmentSession,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, maxResponseBytes);
  if (!session.desk.isAtWork(requestId)) return wrongId(response, requestId);
  answerJson(response, 202, { status: "OK" });
  const error = body === undefined ? responseTooLargeError(maxResponseBytes) : reportedError(body, errorType(request));
  session.complete(requestId, { error });
}

async function initError(
  session: EnvironmentSession,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = (await readBody(request, maxResponseBytes)) ?? new Uint8Array();
  if (!session.initFailed(reportedError(body, errorType(request))))
    return answerError(response, 403, "InvalidStateTransition", "The init phase is over");
  answerJson(response, 202, { status: "OK" });
}

function errorType(request: IncomingMessage): string | undefined {
  return header(request, "lambda-runtime-function-error-type");
}

function wrongId(response: ServerResponse, requestId: string): void {
  answerError(response, 400, "InvalidRequestID", `${requestId} is not the invocation that this runtime works on`);
}
