import { FcError } from "@fc/core";
import type { Execution } from "./execution.ts";

/**
 * How an event ended. `error`: the function raised one. `timeout`, `crash`: its environment ended, also in the init phase.
 * `no_capacity`: no environment came free in time. `not_delivered`: none could be made, or the caller gave up waiting.
 */
export type InvocationEnd = "success" | "error" | "timeout" | "crash" | "no_capacity" | "not_delivered";

/** One event that a function was to run: a call, or one try of an asynchronous event or of a batch. */
export interface InvocationReport {
  readonly end: InvocationEnd;
  /** Only when the event reached the function. */
  readonly durationMs?: number;
  /** Only when this was the first event of its environment. */
  readonly initDurationMs?: number;
}

export function reportOf({ result, initDurationMs }: Execution): InvocationReport {
  const init = initDurationMs === undefined ? {} : { initDurationMs };
  return { end: endOf(result), durationMs: result.durationMs, ...init };
}

export function reportOfFailure(error: unknown): InvocationReport {
  const full =
    FcError.isInstance(error, "FC_LAMBDA_QUEUE_FULL") || FcError.isInstance(error, "FC_LAMBDA_QUEUE_TIMEOUT");
  return { end: full ? "no_capacity" : "not_delivered" };
}

function endOf({ outcome, errorType = "" }: Execution["result"]): InvocationEnd {
  if (outcome === "success") return "success";
  if (errorType === "Sandbox.Timedout") return "timeout";
  return errorType.startsWith("Runtime.") ? "crash" : "error";
}
