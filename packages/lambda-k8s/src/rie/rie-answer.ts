import { type Completion, reportedError } from "@fc/lambda/runtime-api";

/** What an emulator's HTTP answer says of an invocation. */
export type RieVerdict =
  | { readonly kind: "completed"; readonly completion: Completion }
  /** The runtime is gone, and with it what the environment kept. */
  | { readonly kind: "exited"; readonly exitCode?: number }
  /** The emulator gave up: the invocation has no answer, and the deadline ends it. */
  | { readonly kind: "timed-out" };

const exitStatus = /exit status (\d{1,3})/;
const signalled = /signal: ([a-z ]+)/;
const signals: Readonly<Record<string, number>> = { killed: 9, "segmentation fault": 11, terminated: 15, aborted: 6 };

/**
 * Judges an answer of the Runtime Interface Emulator (`cmd/aws-lambda-rie/handlers.go` of that project): an error of the function
 * comes with status 200 and is known by its members alone, an exit of the runtime as 502, the emulator's own timeout as text, and
 * what went wrong in between as an empty 4xx or 5xx.
 */
export function rieVerdict(status: number, body: Uint8Array, requestId: string): RieVerdict {
  const text = new TextDecoder().decode(body);
  if (/^Task timed out after \d+\.00 seconds$/.test(text)) return { kind: "timed-out" };
  const error = errorMembers(text);
  if (error === undefined)
    return status === 200 ? { kind: "completed", completion: { payload: body } } : { kind: "exited" };
  if (error.errorType === "Runtime.ExitError" || error.errorType === "Runtime.OutOfMemory")
    return exitOf(error.errorMessage);
  // The emulator makes up a request id of its own.
  const errorMessage = error.errorMessage.replace(/^RequestId: [0-9a-f-]{36} /, `RequestId: ${requestId} `);
  const told = errorMessage === error.errorMessage ? body : Buffer.from(JSON.stringify({ ...error, errorMessage }));
  return { kind: "completed", completion: { error: reportedError(told, undefined) } };
}

function exitOf(message: string): RieVerdict {
  const status = exitStatus.exec(message)?.[1];
  if (status !== undefined) return { kind: "exited", exitCode: Number(status) };
  const signal = signals[signalled.exec(message)?.[1] ?? ""];
  return signal === undefined ? { kind: "exited" } : { kind: "exited", exitCode: 128 + signal };
}

function errorMembers(text: string): { readonly errorType: string; readonly errorMessage: string } | undefined {
  try {
    const value = JSON.parse(text) as { readonly errorType?: unknown; readonly errorMessage?: unknown } | null;
    const { errorType, errorMessage } = value ?? {};
    return typeof errorType === "string" && typeof errorMessage === "string"
      ? ({ ...value, errorType, errorMessage } as { errorType: string; errorMessage: string })
      : undefined;
  } catch {
    return undefined;
  }
}
