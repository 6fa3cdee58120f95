import { invalidParameter, notImplemented } from "../aws-errors.ts";
import { checkFilterPattern } from "../event-filter/filter-pattern.ts";
import type { CreateEventSourceMappingRequest } from "../model.generated.ts";
import type { MappingSettings } from "../state/mapping-records.ts";
import type { MappingChange, MappingSource } from "./mapping-source.ts";
import { isFifo } from "./source-kind.ts";
import { changedStreamSettings, newStreamSettings } from "./stream-settings.ts";

/** The settings of a new mapping. @throws AwsError for what AWS or this server refuses */
export function newMappingSettings(source: MappingSource, input: CreateEventSourceMappingRequest): MappingSettings {
  refuseForeign(input, ["Topics", "Queues", "SelfManagedEventSource"]);
  const base = { batchingWindowSeconds: 0, reportBatchItemFailures: false, filters: [] };
  if (source.kind === "sqs") {
    if (input.StartingPosition !== undefined)
      throw invalidParameter("StartingPosition is not valid for SQS event sources.");
    return changedMappingSettings(source, { ...base, batchSize: 10 }, input);
  }
  return changedMappingSettings(source, { ...base, batchSize: 100, stream: newStreamSettings(source, input) }, input);
}

/** The settings with what the request sets; members that are absent stay. @throws AwsError */
export function changedMappingSettings(
  source: MappingSource,
  before: MappingSettings,
  input: MappingChange,
): MappingSettings {
  refuseUnsupported(source, input);
  const { maximumConcurrency: formerConcurrency, stream: formerStream, ...kept } = before;
  const maximumConcurrency =
    input.ScalingConfig === undefined ? formerConcurrency : input.ScalingConfig.MaximumConcurrency;
  const settings: MappingSettings = {
    ...kept,
    batchSize: input.BatchSize ?? before.batchSize,
    batchingWindowSeconds: input.MaximumBatchingWindowInSeconds ?? before.batchingWindowSeconds,
    reportBatchItemFailures:
      input.FunctionResponseTypes === undefined
        ? before.reportBatchItemFailures
        : input.FunctionResponseTypes.includes("ReportBatchItemFailures"),
    filters: input.FilterCriteria === undefined ? before.filters : filtersOf(input.FilterCriteria),
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    ...(formerStream === undefined ? {} : { stream: changedStreamSettings(formerStream, input) }),
  };
  if (source.kind === "sqs") checkQueueBatch(source.arn, settings);
  return settings;
}

function filtersOf(criteria: NonNullable<MappingChange["FilterCriteria"]>): string[] {
  const patterns = (criteria.Filters ?? []).map(({ Pattern }) => Pattern ?? "");
  for (const pattern of patterns) checkFilterPattern(pattern);
  return patterns;
}

function checkQueueBatch(arn: string, { batchSize, batchingWindowSeconds }: MappingSettings): void {
  if (isFifo(arn)) {
    if (batchSize > 10) throw invalidParameter("The batch size of a FIFO queue must be at most 10.");
    if (batchingWindowSeconds > 0) throw invalidParameter("Batching window is not supported for FIFO queues.");
  }
  if (batchSize > 10 && batchingWindowSeconds === 0)
    throw invalidParameter(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
}

const streamsOnly = [
  "ParallelizationFactor",
  "DestinationConfig",
  "MaximumRecordAgeInSeconds",
  "BisectBatchOnFunctionError",
  "MaximumRetryAttempts",
  "TumblingWindowInSeconds",
] as const;

const otherSources = [
  "SourceAccessConfigurations",
  "AmazonManagedKafkaEventSourceConfig",
  "SelfManagedKafkaEventSourceConfig",
  "DocumentDBEventSourceConfig",
] as const;

/** Accepting what has no effect would be worse than saying so. */
function refuseUnsupported({ kind }: MappingSource, input: MappingChange): void {
  refuseForeign(input, otherSources);
  refuseForeign(input, kind === "sqs" ? streamsOnly : ["ScalingConfig"]);
  if (input.KMSKeyArn !== undefined && input.KMSKeyArn !== "") throw notImplemented("KMSKeyArn of filter criteria");
  if ((input.MetricsConfig?.Metrics?.length ?? 0) > 0) throw notImplemented("MetricsConfig");
  if (input.LoggingConfig !== undefined) throw notImplemented("LoggingConfig of an event source mapping");
  if (input.ProvisionedPollerConfig !== undefined) throw notImplemented("ProvisionedPollerConfig");
}

function refuseForeign<T extends object>(input: T, members: readonly (keyof T & string)[]): void {
  for (const member of members)
    if (!isOff(input[member]))
      throw invalidParameter(`Unsupported ${member} parameter for given event source mapping type.`);
}

/** Nothing, false, zero, or made of nothing else: tools send such values for members that their user did not set. */
function isOff(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isOff);
  return value === undefined || value === null || value === false || value === 0 || value === "";
}
