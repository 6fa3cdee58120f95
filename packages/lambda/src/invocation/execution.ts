import { errorText, FcError } from "@fc/core";
import type { EnvironmentHandle, InvocationResult, ResponseSink } from "../backend/backend.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";
import { packageOf } from "../code/code-package.ts";
import type { LambdaParts } from "../parts.ts";
import type { FunctionRecord, VersionRecord } from "../state/records.ts";
import { functionSpecOf, servingConfig } from "./function-spec-of.ts";
import { failureText } from "./infrastructure-error.ts";
import { type InvocationSource, identityOf, logFields, reportOf, reportOfFailure } from "./invocation-report.ts";
import { payloadLimits } from "./payload.ts";
import { traceHeader } from "./trace-header.ts";

const attempts = 5;

export interface ExecutionRequest {
  readonly requestId: string;
  readonly payload: Uint8Array;
  readonly invokedFunctionArn: string;
  /** Default: a caller that waits for the answer. */
  readonly source?: InvocationSource;
  readonly clientContext?: string | undefined;
  /** The caller's `X-Amzn-Trace-Id`. */
  readonly traceHeader?: string | undefined;
  /** Whether the log is wanted, with how much memory was used. */
  readonly wantsLog?: boolean;
  /** Gives up waiting for an environment. Once the event is delivered nothing stops the invocation. */
  readonly signal?: AbortSignal | undefined;
  /** Takes the answer as it comes, when the function streams it. Absent: the answer is wanted whole. */
  readonly stream?: ResponseSink | undefined;
}

/** What came of an event that reached the function. */
export interface Execution {
  readonly result: InvocationResult;
  /** Only when this was the first event of its environment. */
  readonly initDurationMs?: number;
  /** What ran it. Absent when the init phase failed. */
  readonly handle?: EnvironmentHandle;
}

/**
 * Runs one event on an environment of its own. Errors of the function are results. Only an event that no runtime has seen
 * is tried again.
 * @throws BackendError when no environment could be made; FcError of the environment manager
 */
export async function execute(
  parts: LambdaParts,
  owner: FunctionRecord,
  version: VersionRecord,
  request: ExecutionRequest,
): Promise<Execution> {
  const identity = identityOf(version, request, parts.clock.now());
  try {
    const execution = await untilDelivered(parts, owner, version, request);
    const report = reportOf(identity, execution);
    parts.logger.debug(logFields(report), "invocation ended");
    parts.onInvocation(report);
    return execution;
  } catch (error) {
    const report = reportOfFailure(identity, error);
    // With what the cluster said of the Pod: its reason, its last events, the end of its log.
    parts.logger.warn({ ...logFields(report), error: failureText(error) }, "an event did not reach its function");
    parts.onInvocation(report);
    throw error;
  }
}

async function untilDelivered(
  parts: LambdaParts,
  owner: FunctionRecord,
  version: VersionRecord,
  request: ExecutionRequest,
): Promise<Execution> {
  const spec = functionSpecOf(owner, version);
  const config = servingConfig(version);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(parts, spec, () => packageOf(parts.code, config), request);
    } catch (error) {
      if (FcError.isInstance(error, "FC_LAMBDA_INIT_FAILED")) return { result: initFailure(error, request.requestId) };
      if (!FcError.isInstance(error, "FC_LAMBDA_NOT_DELIVERED") || attempt === attempts) throw error;
      parts.logger.info(
        { requestId: request.requestId, functionName: spec.functionName, attempt, error: errorText(error) },
        "event not delivered",
      );
    }
  }
}

async function once(
  parts: LambdaParts,
  spec: FunctionSpec,
  code: () => ReturnType<typeof packageOf>,
  request: ExecutionRequest,
): Promise<Execution> {
  const lease = await parts.environments.acquire(spec, code, request.signal);
  const { environment, log } = lease;
  const startedAt = parts.clock.now();
  const traceId = traceHeader(request.traceHeader, startedAt);
  const run = { requestId: request.requestId, traceId, startedAt };
  log?.started(run);
  try {
    const result = await environment.invoke({
      requestId: request.requestId,
      payload: request.payload,
      deadlineMs: startedAt + spec.timeoutSeconds * 1000,
      invokedFunctionArn: request.invokedFunctionArn,
      ...(request.clientContext === undefined ? {} : { clientContext: request.clientContext }),
      ...(request.wantsLog === true ? { wantsMemory: true } : {}),
      traceId,
      ...(request.stream === undefined ? {} : { stream: request.stream }),
    });
    lease.release();
    const { initDurationMs } = environment;
    const init = lease.fresh && initDurationMs !== undefined ? { initDurationMs } : {};
    log?.ended({ ...run, ...init, endedAt: parts.clock.now(), result, environment });
    return { result: bounded(result), handle: environment.handle, ...init };
  } catch (error) {
    log?.notDelivered();
    lease.discard();
    throw error;
  }
}

function bounded(result: InvocationResult): InvocationResult {
  if (result.payload.byteLength <= payloadLimits.response) return result;
  const errorType = "Function.ResponseSizeTooLarge";
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${payloadLimits.response} bytes).`;
  return {
    ...result,
    outcome: "unhandled",
    errorType,
    payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
  };
}

function initFailure(error: FcError, requestId: string): InvocationResult {
  const { errorType: type, payload, log, durationMs, requestId: ownId } = error.details;
  const errorType = typeof type === "string" ? type : "Runtime.ExitError";
  const fallback = { errorType, errorMessage: `RequestId: ${requestId} Error: ${error.message}` };
  const told = typeof payload === "string" ? payload : JSON.stringify(payload ?? fallback);
  // The init phase has no request yet: its messages carry an id of the environment's own.
  const text = typeof ownId === "string" ? told.replaceAll(ownId, requestId) : told;
  return {
    outcome: "unhandled",
    payload: Buffer.from(text),
    errorType,
    log: typeof log === "string" ? log : "",
    durationMs: typeof durationMs === "number" ? durationMs : 0,
  };
}
