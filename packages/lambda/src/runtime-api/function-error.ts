/** A function error as AWS words it: the payload of an invocation that ended `unhandled`. */
export interface FunctionError {
  readonly errorType: string;
  /** JSON. */
  readonly payload: Uint8Array;
}

/** How a runtime process ended, as far as it is known. */
export interface RuntimeExit {
  /** As a shell reports it: above 128 it was a signal. */
  readonly exitCode?: number | undefined;
  readonly oomKilled?: boolean | undefined;
}

/** The largest buffered response: 6 MiB and the 100 bytes that AWS adds. */
export const maxResponseBytes = 6_291_556;
/** The largest streamed response, where the caller sets no other limit: 200 MiB, as on AWS since July 2025. */
export const defaultStreamedBytes = 209_715_200;

const signalNames: Readonly<Record<number, string>> = {
  1: "hangup",
  2: "interrupt",
  3: "quit",
  4: "illegal instruction",
  6: "aborted",
  7: "bus error",
  8: "floating point exception",
  9: "killed",
  11: "segmentation fault",
  13: "broken pipe",
  15: "terminated",
};

/** `Sandbox.Timedout`. Wording as recorded from AWS. */
export function timedOutError(requestId: string, seconds: number): FunctionError {
  return functionError(
    "Sandbox.Timedout",
    `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  );
}

/** `Runtime.ExitError` or `Runtime.OutOfMemory`. Wording as recorded from AWS. */
export function exitError(requestId: string, exit: RuntimeExit): FunctionError {
  const errorType = exit.oomKilled === true ? "Runtime.OutOfMemory" : "Runtime.ExitError";
  return functionError(errorType, `RequestId: ${requestId} Error: Runtime exited ${exitText(exit)}`);
}

/** How an extension ended, or why it could not be started. */
export interface ExtensionExit extends RuntimeExit {
  readonly whyNot?: string;
}

/**
 * `Extension.LaunchError`, what the extension itself announced, or `Extension.Crash`.
 * Wording as AWS's users have reported it: "exit code 0", "exit status 255", "fork/exec /opt/extensions/name: permission denied".
 */
export function extensionError(
  requestId: string,
  name: string,
  { whyNot, exitCode = 0 }: ExtensionExit,
  announced: string | undefined,
): FunctionError {
  const prefix = `RequestId: ${requestId} Error:`;
  if (whyNot !== undefined)
    return functionError("Extension.LaunchError", `${prefix} fork/exec /opt/extensions/${name}: ${whyNot}`);
  return functionError(
    announced ?? "Extension.Crash",
    `${prefix} ${exitCode === 0 ? "exit code 0" : statusText(exitCode)}`,
  );
}

/** `Function.ResponseSizeTooLarge`. */
export function responseTooLargeError(limit: number): FunctionError {
  return functionError(
    "Function.ResponseSizeTooLarge",
    `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
  );
}

/** What a runtime reported: its JSON passes through; its type comes from the header, else from the JSON. */
export function reportedError(body: Uint8Array, headerType: string | undefined): FunctionError {
  const parsed = parseObject(body);
  const named = parsed?.["errorType"];
  const errorType = headerType ?? (typeof named === "string" ? named : "Runtime.Unknown");
  return parsed === undefined ? functionError(errorType, new TextDecoder().decode(body)) : { errorType, payload: body };
}

function exitText(exit: RuntimeExit): string {
  if (exit.oomKilled === true) return "with error: signal: killed";
  if (exit.exitCode === undefined || exit.exitCode === 0) return "without providing a reason";
  return `with error: ${statusText(exit.exitCode)}`;
}

function statusText(exitCode: number): string {
  const signal = exitCode > 128 ? signalNames[exitCode - 128] : undefined;
  return signal === undefined ? `exit status ${exitCode}` : `signal: ${signal}`;
}

function functionError(errorType: string, errorMessage: string): FunctionError {
  return { errorType, payload: new TextEncoder().encode(JSON.stringify({ errorType, errorMessage })) };
}

function parseObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
