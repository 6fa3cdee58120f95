import { BackendError, type EnvironmentEnd, type FunctionSpec } from "../backend/index.ts";
import type { FunctionError } from "./function-error.ts";

/** The runtime never saw the event. */
export function notDelivered(message: string): BackendError {
  return new BackendError("FC_LAMBDA_NOT_DELIVERED", `The event was not delivered: ${message}`, { retryable: true });
}

/** The environment ended before its runtime was ready, by the function's doing or not. `hasCode`: the function was there. */
export function notStarted(
  spec: FunctionSpec | undefined,
  how: {
    readonly end: EnvironmentEnd;
    readonly error: FunctionError;
    readonly hasCode: boolean;
    readonly requestId: string;
    readonly initDurationMs: number;
  },
  log: string,
): BackendError {
  const { requestId, initDurationMs } = how;
  const isOwn = how.hasCode && (how.end.reason === "exited" || how.end.reason === "timedout");
  return isOwn ? initFailed(spec, how.error, { requestId, log, initDurationMs }) : launchFailed(spec, how.end);
}

/** Not by the function's doing. */
function launchFailed(spec: FunctionSpec | undefined, end: EnvironmentEnd): BackendError {
  const message = `The environment of ${nameOf(spec)} ended before its runtime was ready: ${end.detail}`;
  return new BackendError("FC_LAMBDA_LAUNCH_FAILED", message, { details: { reason: end.detail, end: end.reason } });
}

/** The function's own init phase failed. */
function initFailed(
  spec: FunctionSpec | undefined,
  error: FunctionError,
  details: { readonly requestId: string; readonly log: string; readonly initDurationMs: number },
): BackendError {
  const { errorType } = error;
  const payload = new TextDecoder().decode(error.payload);
  const message = `Function ${nameOf(spec)} failed to start: ${errorType}: ${payload}`;
  return new BackendError("FC_LAMBDA_INIT_FAILED", message, {
    fault: "user",
    details: { errorType, payload, ...details },
  });
}

function nameOf(spec: FunctionSpec | undefined): string {
  return spec === undefined ? "no function yet" : `${spec.functionName}:${spec.version}`;
}
