import type { EventQueue } from "../async/event-queue.ts";
import type { LambdaHandler } from "../functions/function-handlers.ts";
import type { LambdaParts } from "../parts.ts";
import { invocationTarget } from "./invocation-target.ts";
import { checkedPayload, payloadLimits } from "./payload.ts";

/** `InvokeAsync`, which AWS deprecates: `Invoke` with `InvocationType` `Event` and fewer members. */
export function invokeAsync(parts: LambdaParts, events: EventQueue): LambdaHandler<"InvokeAsync"> {
  return (input, context) => {
    const payload = checkedPayload(input.InvokeArgs, payloadLimits.event, "InvokeAsync");
    const { requestId: id, traceHeader } = context;
    const { name } = invocationTarget(parts, input.FunctionName, context);
    events.accept(name, { id, payload, clientContext: undefined, traceHeader });
    return Promise.resolve({ Status: 202 });
  };
}
