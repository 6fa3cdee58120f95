import type { FunctionSpec } from "../backend/function-spec.ts";
import { platformLine } from "./platform-line.ts";

/** How an init phase ended. */
export interface InitPhase {
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** When it failed. */
  readonly errorType?: string;
}

/** What Lambda writes about an init phase: as text only when it failed. */
export function initLines({ functionName, version, logging }: FunctionSpec, phase: InitPhase): readonly string[] {
  const { errorType, durationMs, endedAt } = phase;
  const status = errorType === undefined ? "success" : errorType === "Sandbox.Timedout" ? "timeout" : "error";
  if (logging?.format !== "JSON")
    return errorType === undefined
      ? []
      : [
          `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}\tError Type: ${errorType}`,
        ];
  const common = { initializationType: "on-demand", phase: "init" };
  const ended = { ...common, status, ...(errorType === undefined ? {} : { errorType }) };
  const start = { ...common, functionName, functionVersion: version };
  return [
    ...platformLine("platform.initStart", endedAt - Math.round(durationMs), start, "success", logging),
    ...platformLine("platform.initRuntimeDone", endedAt, ended, status, logging),
    ...platformLine("platform.initReport", endedAt, { ...ended, metrics: { durationMs } }, status, logging),
  ];
}
