import type { FunctionLogging } from "../backend/function-spec.ts";
import { passesApplicationLevel } from "../logs/log-levels.ts";
import { platformLine } from "../logs/platform-line.ts";

const tailBytes = 4096;

export interface LoggedInvocation {
  readonly requestId: string;
  readonly version: string;
  readonly log: string;
  readonly durationMs: number;
  readonly memorySizeMb: number;
  /** Left out of the REPORT line where it is not known. */
  readonly maxMemoryUsedMb?: number;
  /** Only for the first invocation of an environment. */
  readonly initDurationMs?: number;
  readonly errorType?: string;
  /** Seconds that the function may take, for the line about a timeout. */
  readonly timeoutSeconds: number;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  /** Format and levels. Absent: text. */
  readonly logging?: FunctionLogging;
  /** Bytes of the answer, for the JSON format. */
  readonly producedBytes?: number;
  /** `X-Amzn-Trace-Id`, for the JSON format. */
  readonly traceId?: string;
}

type Started = Pick<LoggedInvocation, "requestId" | "version" | "logging" | "traceId">;

/** The log of one invocation with Lambda's START, END and REPORT lines, or with platform events where the format is JSON. */
export function invocationLog(one: LoggedInvocation): string {
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");
  const startedAt = one.endedAt - Math.round(one.durationMs);
  return `${lines(startLines(one, startedAt))}${bodyOf(one)}${lines(endLines(one))}`;
}

function bodyOf({ log, logging }: LoggedInvocation): string {
  const whole = log === "" || log.endsWith("\n") ? log : `${log}\n`;
  if (logging?.format !== "JSON") return whole;
  const kept = whole.split("\n").filter((line) => passesApplicationLevel(line, logging));
  return kept.join("\n");
}

/** What stands before what the function writes. */
export function startLines(one: Started, startedAt: number): readonly string[] {
  const { requestId, version, logging } = one;
  if (logging?.format !== "JSON") return [`START RequestId: ${requestId} Version: ${version}`];
  return platformLine("platform.start", startedAt, { requestId, version, ...tracing(one) }, "success", logging);
}

/** What stands behind it. */
export function endLines(one: Omit<LoggedInvocation, "log">): readonly string[] {
  return one.logging?.format === "JSON" ? jsonEnd(one, one.logging) : textEnd(one);
}

function textEnd(one: Omit<LoggedInvocation, "log">): readonly string[] {
  const init = one.initDurationMs ?? 0;
  const report = [
    `REPORT RequestId: ${one.requestId}`,
    `Duration: ${one.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(one.durationMs + init)} ms`,
    `Memory Size: ${one.memorySizeMb} MB`,
    ...(one.maxMemoryUsedMb === undefined
      ? []
      : [`Max Memory Used: ${Math.min(one.maxMemoryUsedMb, one.memorySizeMb)} MB`]),
    ...(one.initDurationMs === undefined ? [] : [`Init Duration: ${init.toFixed(2)} ms`]),
    ...statusOf(one.errorType),
  ];
  return [...timeoutLines(one), `END RequestId: ${one.requestId}`, `${report.join("\t")}\t`];
}

function jsonEnd(one: Omit<LoggedInvocation, "log">, logging: FunctionLogging): readonly string[] {
  const {
    requestId,
    errorType,
    durationMs,
    memorySizeMb,
    maxMemoryUsedMb,
    initDurationMs,
    endedAt,
    producedBytes = 0,
  } = one;
  const status = errorType === undefined ? "success" : errorType === "Sandbox.Timedout" ? "timeout" : "error";
  const common = { requestId, status, ...(errorType === undefined ? {} : { errorType }) };
  const metrics = {
    durationMs,
    billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)),
    memorySizeMB: memorySizeMb,
    ...(maxMemoryUsedMb === undefined ? {} : { maxMemoryUsedMB: Math.min(maxMemoryUsedMb, memorySizeMb) }),
    ...(initDurationMs === undefined ? {} : { initDurationMs }),
  };
  const done = { ...common, metrics: { durationMs, producedBytes }, ...tracing(one) };
  return [
    ...platformLine("platform.runtimeDone", endedAt, done, status, logging),
    ...platformLine("platform.report", endedAt, { ...common, metrics, ...tracing(one) }, status, logging),
  ];
}

function tracing({ traceId }: Pick<LoggedInvocation, "traceId">): object {
  return traceId === undefined ? {} : { tracing: { type: "X-Amzn-Trace-Id", value: traceId } };
}

function timeoutLines(one: Omit<LoggedInvocation, "log">): readonly string[] {
  if (one.errorType !== "Sandbox.Timedout") return [];
  const seconds = one.timeoutSeconds.toFixed(2);
  return [`${new Date(one.endedAt).toISOString()} ${one.requestId} Task timed out after ${seconds} seconds`, ""];
}

/** Only what ended the environment has a status; an error that the function raised has none. */
function statusOf(errorType: string | undefined): string[] {
  if (errorType === "Sandbox.Timedout") return ["Status: timeout"];
  return errorType?.startsWith("Runtime.") === true ? ["Status: error", `Error Type: ${errorType}`] : [];
}

/** The last 4 KiB in base64: `X-Amz-Log-Result`. */
export function logResult(log: string): string {
  return Buffer.from(log).subarray(-tailBytes).toString("base64");
}
