import type { AwsError, RequestContext } from "@fc/aws";
import { errorText, FcError, withDeadline } from "@fc/core";
import { conflict, invalidParameter } from "../aws-errors.ts";
import { checkDestination } from "../deliveries/destination-check.ts";
import type { DestinationCall } from "../event-sources/event-destinations.ts";
import { resolveQualifier } from "../functions/find-function.ts";
import { servingConfig } from "../invocation/function-spec-of.ts";
import type { FunctionName } from "../names/function-name.ts";
import { parseFunctionName } from "../names/function-name.ts";
import type { LambdaParts } from "../parts.ts";
import { prefixOf } from "../state/lambda-records.ts";
import type { MappingSettings } from "../state/mapping-records.ts";
import type { MappingSource } from "./mapping-source.ts";
import type { MappingWorkers } from "./mapping-workers.ts";

/** Milliseconds that a look at a source or destination may take while a request waits. */
const checkTimeoutMs = 10_000;

/** The function that a mapping invokes. @throws AwsError when there is none */
export function checkMappingTarget(parts: LambdaParts, text: string, context: RequestContext): FunctionName {
  const name = parseFunctionName(text, context);
  if (resolveQualifier(parts.records, name) === undefined) throw invalidParameter("Function does not exist");
  return name;
}

/** @throws AwsError `ResourceConflictException` when the function reads this source already */
export function checkNoDuplicate(parts: LambdaParts, source: MappingSource, name: FunctionName): void {
  const same = parts.records.mappings
    .list(prefixOf(name))
    .find(
      ({ value }) =>
        value.sourceArn === source.arn && value.functionName === name.name && value.qualifier === name.qualifier,
    );
  if (same === undefined) return;
  const { id } = same.value;
  throw conflict(
    source.kind === "sqs"
      ? `An event source mapping with SQS arn (" ${source.arn} ") and function (" ${name.name} ") already exists. Please update or delete the existing mapping with UUID ${id}`
      : `The event source arn (" ${source.arn} ") and function (" ${name.name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${id}`,
  );
}

/** Looks whether the source is there. @throws AwsError in AWS's words, or with what has to be configured */
export async function checkMappingSource(
  workers: MappingWorkers,
  source: MappingSource,
  call: { readonly parts: LambdaParts; readonly name: FunctionName; readonly signal: AbortSignal },
): Promise<void> {
  const { parts, name } = call;
  const deadline = {
    timeoutMs: checkTimeoutMs,
    what: `looking at ${source.arn}`,
    signal: call.signal,
    clock: parts.clock,
  };
  try {
    await withDeadline(deadline, async (signal) => {
      if (source.kind !== "sqs") return void (await workers.sources.openStream(source.arn, { signal }));
      const queue = await workers.sources.openQueue(source.arn, { signal });
      checkVisibility(parts, name, queue.visibilityTimeoutSeconds);
    });
  } catch (error) {
    throw sourceRefusal(source, error);
  }
}

/** Looks whether the destination for failed batches is there. @throws AwsError */
export async function checkFailureDestination(
  parts: LambdaParts,
  { stream }: MappingSettings,
  call: DestinationCall,
): Promise<void> {
  if (stream?.onFailureArn !== undefined) await checkDestination(parts, stream.onFailureArn, call);
}

function checkVisibility(parts: LambdaParts, name: FunctionName, visibilityTimeoutSeconds: number): void {
  const version = resolveQualifier(parts.records, name)?.version;
  const timeoutSeconds = version === undefined ? 0 : servingConfig(version).timeoutSeconds;
  if (visibilityTimeoutSeconds < timeoutSeconds)
    throw invalidParameter(
      `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
    );
}

function sourceRefusal(source: MappingSource, error: unknown): unknown {
  if (!FcError.isInstance(error)) return error;
  switch (error.code) {
    case "FC_EVENT_SOURCE_NOT_FOUND":
      return notThere(source);
    case "FC_EVENT_SOURCE_NOT_CONFIGURED":
    case "FC_EVENT_SOURCE_UNSUPPORTED":
      return invalidParameter(error.message);
    case "FC_EVENT_SOURCE_FAILED":
    case "FC_DEADLINE_EXCEEDED":
      return invalidParameter(`The event source ${source.arn} cannot be read: ${errorText(error)}`);
    default:
      return error;
  }
}

function notThere(source: MappingSource): AwsError {
  return invalidParameter(
    source.kind === "sqs"
      ? "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."
      : `Stream not found: ${source.arn}`,
  );
}
