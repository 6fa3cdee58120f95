import type { LambdaParts } from "../parts.ts";
import { type Execution, type ExecutionRequest, execute } from "./execution.ts";
import { loggingSpec, servingConfig } from "./function-spec-of.ts";
import { infrastructureError } from "./infrastructure-error.ts";
import type { InvocationTarget } from "./invocation-target.ts";
import { invocationLog, logResult } from "./log-tail.ts";

/**
 * Runs one event while its caller waits, within reserved and account concurrency. The execution goes on when the caller has
 * gone, and keeps its place in the counts until it ends.
 * @throws AwsError when it is throttled or the event did not reach the function
 */
export async function runNow(
  parts: LambdaParts,
  target: InvocationTarget,
  request: Omit<ExecutionRequest, "invokedFunctionArn">,
): Promise<Execution> {
  const leave = parts.concurrency.enter(target.name, target.name.name);
  const { invokedFunctionArn } = target;
  try {
    return await execute(parts, target.owner, target.version, { ...request, invokedFunctionArn });
  } catch (error) {
    throw infrastructureError(error);
  } finally {
    leave();
  }
}

/** The end of the execution's log in AWS's form: `LogResult`. */
export function executionLog(
  target: InvocationTarget,
  { result, initDurationMs }: Execution,
  end: { readonly requestId: string; readonly endedAt: number },
): string {
  const { memorySizeMb, timeoutSeconds, logging } = servingConfig(target.version);
  return logResult(
    invocationLog({
      ...end,
      version: target.version.version,
      log: result.log,
      logging: loggingSpec(logging),
      producedBytes: result.payload.byteLength,
      durationMs: result.durationMs,
      memorySizeMb,
      timeoutSeconds,
      ...(result.maxMemoryUsedMb === undefined ? {} : { maxMemoryUsedMb: result.maxMemoryUsedMb }),
      ...(initDurationMs === undefined ? {} : { initDurationMs }),
      ...(result.errorType === undefined ? {} : { errorType: result.errorType }),
    }),
  );
}
