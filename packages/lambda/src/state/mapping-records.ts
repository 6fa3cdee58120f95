import type { ShardPosition } from "../event-sources/stream-source.ts";
import type { Home } from "../names/arn.ts";

export type SourceKind = "sqs" | "kinesis" | "dynamodb";

export type MappingState = "Creating" | "Enabling" | "Enabled" | "Updating" | "Disabling" | "Disabled" | "Deleting";

/** An event source mapping. */
export interface MappingRecord extends Home {
  /** UUID. */
  readonly id: string;
  readonly functionName: string;
  /** Version or alias. */
  readonly qualifier?: string;
  readonly sourceArn: string;
  readonly kind: SourceKind;
  /** What the user wants; `state` tells how far that is. */
  readonly enabled: boolean;
  readonly state: MappingState;
  readonly lastProcessingResult?: string;
  readonly settings: MappingSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface MappingSettings {
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly reportBatchItemFailures: boolean;
  /** Patterns in JSON: an event passes when one of them matches, or when there is none. */
  readonly filters: readonly string[];
  /** Queues only. */
  readonly maximumConcurrency?: number;
  /** Streams only. */
  readonly stream?: StreamSettings;
}

export interface StreamSettings {
  readonly startingPosition: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";
  /** Milliseconds since the epoch. */
  readonly startingTimestampMs?: number;
  readonly parallelizationFactor: number;
  /** -1: no limit. */
  readonly maximumRecordAgeSeconds: number;
  /** -1: no limit. */
  readonly maximumRetryAttempts: number;
  readonly bisectBatchOnFunctionError: boolean;
  /** Absent: no tumbling windows. */
  readonly tumblingWindowSeconds?: number;
  readonly onFailureArn?: string;
}

/** How far a mapping has come in one shard. */
export interface ShardRecord {
  readonly shardId: string;
  readonly position: ShardPosition;
  /** Read and processed to its end. */
  readonly finished: boolean;
  /** The tumbling window that is open at this position. */
  readonly window?: WindowRecord;
}

/** A tumbling window that is not over yet. */
export interface WindowRecord {
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  /** What the function has made of its records so far. */
  readonly state: object;
}
