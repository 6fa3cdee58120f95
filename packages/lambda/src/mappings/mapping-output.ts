import type { EventSourceMappingConfiguration } from "../model.generated.ts";
import { functionArn, mappingArn } from "../names/arn.ts";
import type { MappingRecord, StreamSettings } from "../state/mapping-records.ts";

/** A mapping as AWS shows it. */
export function mappingOutput(record: MappingRecord): EventSourceMappingConfiguration {
  const { settings } = record;
  const { stream } = settings;
  return {
    UUID: record.id,
    EventSourceMappingArn: mappingArn(record, record.id),
    EventSourceArn: record.sourceArn,
    FunctionArn: functionArn(record, record.functionName, record.qualifier),
    State: record.state,
    StateTransitionReason: stream === undefined ? "USER_INITIATED" : "User action",
    LastModified: new Date(record.modifiedAt),
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.batchingWindowSeconds,
    FunctionResponseTypes: settings.reportBatchItemFailures ? ["ReportBatchItemFailures"] : [],
    ...(settings.filters.length === 0
      ? {}
      : { FilterCriteria: { Filters: settings.filters.map((Pattern) => ({ Pattern })) } }),
    ...(settings.maximumConcurrency === undefined
      ? {}
      : { ScalingConfig: { MaximumConcurrency: settings.maximumConcurrency } }),
    ...lastResult(record),
    ...(stream === undefined ? {} : streamOutput(stream)),
  };
}

/** AWS shows it for streams. A problem is shown for queues too: this is where users look. */
function lastResult({ kind, lastProcessingResult }: MappingRecord): Partial<EventSourceMappingConfiguration> {
  const hidden = lastProcessingResult === undefined || (kind === "sqs" && lastProcessingResult === "OK");
  return hidden ? {} : { LastProcessingResult: lastProcessingResult };
}

function streamOutput(stream: StreamSettings): Partial<EventSourceMappingConfiguration> {
  return {
    StartingPosition: stream.startingPosition,
    ...(stream.startingTimestampMs === undefined
      ? {}
      : { StartingPositionTimestamp: new Date(stream.startingTimestampMs) }),
    ParallelizationFactor: stream.parallelizationFactor,
    BisectBatchOnFunctionError: stream.bisectBatchOnFunctionError,
    MaximumRecordAgeInSeconds: stream.maximumRecordAgeSeconds,
    MaximumRetryAttempts: stream.maximumRetryAttempts,
    TumblingWindowInSeconds: stream.tumblingWindowSeconds ?? 0,
    DestinationConfig: {
      OnFailure: stream.onFailureArn === undefined ? {} : { Destination: stream.onFailureArn },
    },
  };
}
