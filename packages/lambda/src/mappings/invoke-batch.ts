import { execute } from "../invocation/execution.ts";
import { invocationTarget } from "../invocation/invocation-target.ts";
import type { LambdaParts } from "../parts.ts";
import type { BatchAnswer } from "../polling/polling.ts";
import type { MappingRecord } from "../state/mapping-records.ts";

/**
 * Runs a mapping's function, version or alias with one event, within reserved and account concurrency.
 * @throws AwsError when it cannot run now or is throttled; what `execute` throws when the event did not reach it
 */
export async function invokeBatch(
  parts: LambdaParts,
  mapping: MappingRecord,
  event: object,
  signal: AbortSignal,
): Promise<BatchAnswer> {
  const target = invocationTarget(parts, mapping.functionName, mapping, mapping.qualifier);
  const leave = parts.concurrency.enter(mapping, mapping.functionName);
  try {
    const requestId = parts.newId();
    const { result } = await execute(parts, target.owner, target.version, {
      requestId,
      payload: Buffer.from(JSON.stringify(event)),
      invokedFunctionArn: target.invokedFunctionArn,
      source: "event-source-mapping",
      signal,
    });
    return {
      requestId,
      executedVersion: target.version.version,
      failed: result.outcome !== "success",
      payload: result.payload,
    };
  } finally {
    leave();
  }
}
