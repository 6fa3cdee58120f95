import type { EventQueue } from "../async/event-queue.ts";
import { notImplemented } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { InvocationRequest, InvocationResponse } from "../model.generated.ts";
import type { LambdaParts } from "../parts.ts";
import { type Execution, execute } from "./execution.ts";
import { servingConfig } from "./function-spec-of.ts";
import { infrastructureError } from "./infrastructure-error.ts";
import { type InvocationTarget, invocationTarget } from "./invocation-target.ts";
import { invocationLog, logResult } from "./log-tail.ts";
import { checkedPayload, decodedClientContext, payloadLimits } from "./payload.ts";

export function invoke(parts: LambdaParts, events: EventQueue): LambdaHandler<"Invoke"> {
  return async (input, context) => {
    if (input.DurableExecutionName !== undefined) throw notImplemented("DurableExecutionName");
    if (input.TenantId !== undefined) throw notImplemented("TenantId");
    const kind = input.InvocationType ?? "RequestResponse";
    const payload = checkedPayload(input.Payload, kind === "Event" ? payloadLimits.event : payloadLimits.request);
    const clientContext = decodedClientContext(input.ClientContext);
    const target = invocationTarget(parts, input.FunctionName, context, input.Qualifier);
    const ExecutedVersion = target.version.version;
    if (kind === "DryRun") return { StatusCode: 204, ExecutedVersion };
    if (kind === "Event") {
      events.accept(target.name, { id: context.requestId, payload, clientContext });
      return { StatusCode: 202 };
    }
    const { requestId, signal } = context;
    const leave = parts.concurrency.enter(target.name, target.name.name);
    // The execution goes on when the caller has gone, and keeps its place in the counts until it ends.
    const { invokedFunctionArn } = target;
    const running = execute(parts, target.owner, target.version, {
      requestId,
      payload,
      invokedFunctionArn,
      clientContext,
      signal,
    });
    try {
      return answer(input, target, await running, { requestId, endedAt: parts.clock.now() });
    } catch (error) {
      throw infrastructureError(error);
    } finally {
      leave();
    }
  };
}

function answer(
  input: InvocationRequest,
  target: InvocationTarget,
  { result, initDurationMs }: Execution,
  end: { readonly requestId: string; readonly endedAt: number },
): InvocationResponse {
  const { version } = target.version;
  const { memorySizeMb, timeoutSeconds } = servingConfig(target.version);
  const log = (): string =>
    invocationLog({
      ...end,
      version,
      log: result.log,
      durationMs: result.durationMs,
      memorySizeMb,
      timeoutSeconds,
      ...(result.maxMemoryUsedMb === undefined ? {} : { maxMemoryUsedMb: result.maxMemoryUsedMb }),
      ...(initDurationMs === undefined ? {} : { initDurationMs }),
      ...(result.errorType === undefined ? {} : { errorType: result.errorType }),
    });
  return {
    StatusCode: 200,
    ...(result.outcome === "success" ? {} : { FunctionError: "Unhandled" }),
    ...(input.LogType === "Tail" ? { LogResult: logResult(log()) } : {}),
    Payload: result.payload,
    ExecutedVersion: version,
  };
}
