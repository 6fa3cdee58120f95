import type { InitializationType } from "../backend/backend.ts";
import type { FunctionSpec } from "../backend/function-spec.ts";
import { platformLine } from "./platform-line.ts";

/** How an init phase ended. */
export interface InitPhase {
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** When it failed. */
  readonly errorType?: string;
  /** `invoke`: it was a part of an invocation. Default `init`. */
  readonly phase?: "init" | "invoke";
  /** Default `on-demand`. */
  readonly initializationType?: InitializationType;
}

/**
 * What Lambda writes about an init phase: as text only when it failed ("Lambda execution environment": failures during the Init phase),
 * with the format JSON its events.
 */
export function initLines({ functionName, version, logging }: FunctionSpec, init: InitPhase): readonly string[] {
  const { errorType, durationMs, endedAt, phase = "init", initializationType = "on-demand" } = init;
  const status = errorType === undefined ? "success" : errorType === "Sandbox.Timedout" ? "timeout" : "error";
  if (logging?.format !== "JSON") {
    if (errorType === undefined) return [];
    const how = status === "timeout" ? status : `${status}\tError Type: ${errorType}`;
    return [`INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: ${phase}\tStatus: ${how}`];
  }
  const common = { initializationType, phase };
  const ended = { ...common, status, ...(errorType === undefined ? {} : { errorType }) };
  const start = { ...common, functionName, functionVersion: version };
  return [
    ...platformLine("platform.initStart", endedAt - Math.round(durationMs), start, "success", logging),
    ...platformLine("platform.initRuntimeDone", endedAt, ended, status, logging),
    ...platformLine("platform.initReport", endedAt, { ...ended, metrics: { durationMs } }, status, logging),
  ];
}
