import { notImplemented } from "../aws-errors.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type {
  InvokeWithResponseStreamCompleteEvent,
  InvokeWithResponseStreamResponseEvent,
} from "../model.generated.ts";
import type { LambdaParts } from "../parts.ts";
import type { Execution } from "./execution.ts";
import { invocationTarget } from "./invocation-target.ts";
import { checkedPayload, decodedClientContext, payloadLimits } from "./payload.ts";
import { ResponsePipe } from "./response-pipe.ts";
import { executionLog, runNow } from "./run-now.ts";

/**
 * Streams the answer of a function that streams, and gives that of any other as one chunk. What fails before the function began
 * to answer is an error of the operation when the event did not reach it; an error of the function is in `InvokeComplete`.
 */
export function invokeWithResponseStream(parts: LambdaParts): LambdaHandler<"InvokeWithResponseStream"> {
  return async (input, context) => {
    if (input.TenantId !== undefined) throw notImplemented("TenantId");
    const payload = checkedPayload(input.Payload, payloadLimits.request, "InvokeWithResponseStream");
    const clientContext = decodedClientContext(input.ClientContext);
    const target = invocationTarget(parts, input.FunctionName, context, input.Qualifier);
    const ExecutedVersion = target.version.version;
    if (input.InvocationType === "DryRun") return { StatusCode: 204, ExecutedVersion };
    const { requestId, signal, traceHeader } = context;
    const wantsLog = input.LogType === "Tail";
    const stream = new ResponsePipe({ limitBytes: parts.streamedResponseBytes, signal });
    const request = { requestId, payload, clientContext, traceHeader, wantsLog, signal, stream };
    const running = runNow(parts, target, request).finally(() => stream.end());
    await Promise.race([stream.started, running]);
    const complete = (execution: Execution): InvokeWithResponseStreamCompleteEvent => {
      const { outcome, errorType = "Unhandled", payload: error } = execution.result;
      const end = { requestId, endedAt: parts.clock.now() };
      return {
        ...(outcome === "success" ? {} : { ErrorCode: errorType, ErrorDetails: Buffer.from(error).toString() }),
        ...(wantsLog ? { LogResult: executionLog(target, execution, end) } : {}),
      };
    };
    return { StatusCode: 200, ExecutedVersion, EventStream: eventsOf(stream, running, complete) };
  };
}

async function* eventsOf(
  stream: ResponsePipe,
  running: Promise<Execution>,
  complete: (execution: Execution) => InvokeWithResponseStreamCompleteEvent,
): AsyncGenerator<InvokeWithResponseStreamResponseEvent> {
  for await (const Payload of stream.chunks()) yield { PayloadChunk: { Payload } };
  const execution = await running;
  const { outcome, payload } = execution.result;
  if (outcome === "success" && payload.byteLength > 0) yield { PayloadChunk: { Payload: payload } };
  yield { InvokeComplete: complete(execution) };
}
