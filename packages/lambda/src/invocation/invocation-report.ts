import { FcError } from "@fc/core";
import type { EnvironmentHandle } from "../backend/backend.ts";
import type { VersionRecord } from "../state/records.ts";
import type { Execution, ExecutionRequest } from "./execution.ts";

/**
 * How an event ended. `error`: the function raised one. `timeout`, `crash`: its environment ended, also in the init phase.
 * `no_capacity`: no environment came free in time. `not_delivered`: none could be made, or the caller gave up waiting.
 */
export type InvocationEnd = "success" | "error" | "timeout" | "crash" | "no_capacity" | "not_delivered";

/** Who had the event run: a caller that waits for the answer, the queue of asynchronous events, an event source mapping. */
export type InvocationSource = "request" | "event" | "event-source-mapping";

/** One event that a function was to run: a call, or one try of an asynchronous event or of a batch. */
export interface InvocationReport {
  readonly requestId: string;
  /** With the qualifier that the caller used, if any. */
  readonly functionArn: string;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** `$LATEST`, or the number of the version that ran it. */
  readonly version: string;
  readonly source: InvocationSource;
  /** Milliseconds since the epoch: when the event was there to be run. */
  readonly startedAt: number;
  readonly end: InvocationEnd;
  /** As in the answer's payload; of an event that did not reach the function, the code of what was in the way. */
  readonly errorType?: string;
  /** What ran it. Only when the event reached the function. */
  readonly handle?: EnvironmentHandle;
  /** Only when the event reached the function. */
  readonly durationMs?: number;
  /** Only when this was the first event of its environment. */
  readonly initDurationMs?: number;
}

type Identity = Omit<InvocationReport, "end" | "errorType" | "handle" | "durationMs" | "initDurationMs">;

export function identityOf(
  { account, region, functionName, version }: VersionRecord,
  { requestId, invokedFunctionArn: functionArn, source = "request" }: ExecutionRequest,
  startedAt: number,
): Identity {
  return { requestId, functionArn, account, region, functionName, version, source, startedAt };
}

export function reportOf(identity: Identity, { result, initDurationMs, handle }: Execution): InvocationReport {
  const { errorType, durationMs } = result;
  return {
    ...identity,
    end: endOf(result),
    durationMs,
    ...(errorType === undefined ? {} : { errorType }),
    ...(handle === undefined ? {} : { handle }),
    ...(initDurationMs === undefined ? {} : { initDurationMs }),
  };
}

export function reportOfFailure(identity: Identity, error: unknown): InvocationReport {
  const full =
    FcError.isInstance(error, "FC_LAMBDA_QUEUE_FULL") || FcError.isInstance(error, "FC_LAMBDA_QUEUE_TIMEOUT");
  const errorType = FcError.isInstance(error) ? { errorType: error.code } : {};
  return { ...identity, end: full ? "no_capacity" : "not_delivered", ...errorType };
}

/** For the server's log: what leads from a request to its Pod. */
export function logFields({
  requestId,
  functionName,
  version,
  source,
  end,
  errorType,
  durationMs,
  handle,
}: InvocationReport): Record<string, unknown> {
  const ranOn = handle?.kind === "pod" ? { pod: handle.name } : {};
  return { requestId, functionName, version, source, result: end, errorType, durationMs, ...ranOn };
}

function endOf({ outcome, errorType = "" }: Execution["result"]): InvocationEnd {
  if (outcome === "success") return "success";
  if (errorType === "Sandbox.Timedout") return "timeout";
  return errorType.startsWith("Runtime.") ? "crash" : "error";
}
