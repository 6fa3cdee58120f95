import { randomUUID } from "node:crypto";
import type { ExecutionEnvironment, Invocation, InvocationResult } from "@fc/lambda/backend";

export interface Answer {
  readonly result: InvocationResult;
  readonly body: Record<string, unknown>;
  readonly requestId: string;
}

export const functionArn = "arn:aws:lambda:eu-central-1:111122223333:function:hello";

/** Invokes with a JSON event and parses the answer. `timeoutMs` is what is left until the deadline. */
export async function invoke(
  environment: Pick<ExecutionEnvironment, "invoke">,
  event: unknown,
  over: Partial<Invocation> & { readonly timeoutMs?: number } = {},
): Promise<Answer> {
  const requestId = over.requestId ?? randomUUID();
  const result = await environment.invoke({
    requestId,
    payload: Buffer.from(JSON.stringify(event)),
    deadlineMs: Date.now() + (over.timeoutMs ?? 10_000),
    invokedFunctionArn: functionArn,
    ...(over.wantsMemory === undefined ? {} : { wantsMemory: over.wantsMemory }),
    ...(over.clientContext === undefined ? {} : { clientContext: over.clientContext }),
  });
  return { result, requestId, body: JSON.parse(Buffer.from(result.payload).toString()) as Record<string, unknown> };
}
