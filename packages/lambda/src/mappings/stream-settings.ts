import { invalidParameter, notImplemented } from "../aws-errors.ts";
import { isBucketArn } from "../deliveries/failure-object.ts";
import type { CreateEventSourceMappingRequest } from "../model.generated.ts";
import type { StreamSettings } from "../state/mapping-records.ts";
import type { MappingChange, MappingSource } from "./mapping-source.ts";
import { isFifo } from "./source-kind.ts";

/** AWS's defaults, and where reading begins. @throws AwsError */
export function newStreamSettings(source: MappingSource, input: CreateEventSourceMappingRequest): StreamSettings {
  const { StartingPosition: startingPosition, StartingPositionTimestamp: timestamp } = input;
  if (startingPosition === undefined)
    throw invalidParameter(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  if (startingPosition === "AT_TIMESTAMP" && source.kind === "dynamodb")
    throw invalidParameter(`Unsupported starting position for arn type: ${source.arn}`);
  if ((startingPosition === "AT_TIMESTAMP") !== (timestamp !== undefined))
    throw invalidParameter("StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP, and only then.");
  return {
    startingPosition,
    ...(timestamp === undefined ? {} : { startingTimestampMs: timestamp.getTime() }),
    parallelizationFactor: 1,
    maximumRecordAgeSeconds: -1,
    maximumRetryAttempts: -1,
    bisectBatchOnFunctionError: false,
  };
}

export function changedStreamSettings(before: StreamSettings, input: MappingChange): StreamSettings {
  const { onFailureArn: former, tumblingWindowSeconds: formerWindow = 0, ...kept } = before;
  const age = input.MaximumRecordAgeInSeconds ?? before.maximumRecordAgeSeconds;
  if (age !== -1 && age < 60) throw invalidParameter("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");
  const tumblingWindowSeconds = input.TumblingWindowInSeconds ?? formerWindow;
  const parallelizationFactor = input.ParallelizationFactor ?? before.parallelizationFactor;
  if (tumblingWindowSeconds > 0 && parallelizationFactor > 1)
    throw notImplemented("TumblingWindowInSeconds with a ParallelizationFactor above 1");
  const onFailureArn = input.DestinationConfig === undefined ? former : failureDestination(input.DestinationConfig);
  return {
    ...kept,
    parallelizationFactor,
    ...(tumblingWindowSeconds > 0 ? { tumblingWindowSeconds } : {}),
    maximumRecordAgeSeconds: age,
    maximumRetryAttempts: input.MaximumRetryAttempts ?? before.maximumRetryAttempts,
    bisectBatchOnFunctionError: input.BisectBatchOnFunctionError ?? before.bisectBatchOnFunctionError,
    ...(onFailureArn === undefined ? {} : { onFailureArn }),
  };
}

function failureDestination({
  OnSuccess,
  OnFailure,
}: NonNullable<MappingChange["DestinationConfig"]>): string | undefined {
  if (OnSuccess?.Destination !== undefined && OnSuccess.Destination !== "")
    throw invalidParameter("Unsupported DestinationConfig parameter for given event source mapping type.");
  const arn = OnFailure?.Destination;
  if (arn === undefined || arn === "") return undefined;
  if (arn.startsWith("kafka://"))
    throw notImplemented(`The destination ${arn} (there are Amazon SQS, Amazon SNS and Amazon S3)`);
  if (!isBucketArn(arn) && (!/^arn:[^:]+:(sqs|sns):/.test(arn) || isFifo(arn)))
    throw invalidParameter(
      `The provided destination ${arn} is not a standard SQS queue or SNS topic, or an S3 bucket.`,
    );
  return arn;
}
