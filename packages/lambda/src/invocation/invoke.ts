import type { EventQueue } from "../async/event-queue.ts";
import { notImplemented } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { LambdaParts } from "../parts.ts";
import { invocationTarget } from "./invocation-target.ts";
import { checkedPayload, decodedClientContext, payloadLimits } from "./payload.ts";
import { executionLog, runNow } from "./run-now.ts";

export function invoke(parts: LambdaParts, events: EventQueue): LambdaHandler<"Invoke"> {
  return async (input, context) => {
    if (input.DurableExecutionName !== undefined) throw notImplemented("DurableExecutionName");
    if (input.TenantId !== undefined) throw notImplemented("TenantId");
    const kind = input.InvocationType ?? "RequestResponse";
    const payload = checkedPayload(input.Payload, kind === "Event" ? payloadLimits.event : payloadLimits.request);
    const clientContext = decodedClientContext(input.ClientContext);
    const { traceHeader } = context;
    const target = invocationTarget(parts, input.FunctionName, context, input.Qualifier);
    const ExecutedVersion = target.version.version;
    if (kind === "DryRun") return { StatusCode: 204, ExecutedVersion };
    if (kind === "Event") {
      events.accept(target.name, { id: context.requestId, payload, clientContext, traceHeader });
      return { StatusCode: 202 };
    }
    const { requestId, signal } = context;
    const wantsLog = input.LogType === "Tail";
    const execution = await runNow(parts, target, { requestId, payload, clientContext, traceHeader, wantsLog, signal });
    const { outcome, payload: Payload } = execution.result;
    const end = { requestId, endedAt: parts.clock.now() };
    return {
      StatusCode: 200,
      ...(outcome === "success" ? {} : { FunctionError: "Unhandled" }),
      ...(wantsLog ? { LogResult: executionLog(target, execution, end) } : {}),
      Payload,
      ExecutedVersion,
    };
  };
}
