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
}

/** The log of one invocation with Lambda's START, END and REPORT lines. */
export function invocationLog(one: LoggedInvocation): string {
  const body = one.log === "" || one.log.endsWith("\n") ? one.log : `${one.log}\n`;
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
  return `START RequestId: ${one.requestId} Version: ${one.version}\n${body}${timeoutLine(one)}END RequestId: ${one.requestId}\n${report.join("\t")}\t\n`;
}

function timeoutLine(one: LoggedInvocation): string {
  if (one.errorType !== "Sandbox.Timedout") return "";
  const seconds = one.timeoutSeconds.toFixed(2);
  return `${new Date(one.endedAt).toISOString()} ${one.requestId} Task timed out after ${seconds} seconds\n\n`;
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
