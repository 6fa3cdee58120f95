/** A stream of Kinesis's or DynamoDB's semantics: shards of ordered records, which are split and merged over time. */
export interface StreamSource {
  /** All shards that can be read, open and closed ones. */
  shards(options: { readonly signal: AbortSignal }): Promise<readonly Shard[]>;
  /** Begins to read a shard. */
  openShard(shardId: string, position: ShardPosition, options: { readonly signal: AbortSignal }): Promise<ShardReader>;
}

export interface Shard {
  readonly id: string;
  /** The shards that this one came from. They are read to their end first, as long as they are listed. */
  readonly parentIds: readonly string[];
  /** Takes no more records. */
  readonly closed: boolean;
}

/** Where reading begins. */
export type ShardPosition =
  | { readonly from: "TRIM_HORIZON" }
  | { readonly from: "LATEST" }
  /** The first record that arrived at this time (milliseconds since the epoch) or later. */
  | { readonly from: "AT_TIMESTAMP"; readonly timestampMs: number }
  /** The record after this one; the oldest one left when that is trimmed. */
  | { readonly from: "AFTER_SEQUENCE_NUMBER"; readonly sequenceNumber: string };

export interface ShardReader {
  /** The next records, or none. `ended`: the shard is closed and there is nothing after these. */
  read(options: { readonly limit: number; readonly signal: AbortSignal }): Promise<{
    readonly records: readonly StreamRecord[];
    readonly ended: boolean;
  }>;
}

export type StreamRecord = KinesisRecord | DynamoDbRecord;

interface RecordPlace {
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch. */
  readonly arrivedAtMs: number;
  /** Records with the same key are processed in order. */
  readonly partitionKey: string;
}

export interface KinesisRecord extends RecordPlace {
  readonly kind: "kinesis";
  /** Base64. */
  readonly data: string;
}

export interface DynamoDbRecord extends RecordPlace {
  readonly kind: "dynamodb";
  readonly eventId: string;
  readonly eventName: string;
  /** The member `dynamodb` of the event: keys, images, sequence number, size; attribute values in DynamoDB's JSON. */
  readonly dynamodb: Readonly<Record<string, unknown>>;
  readonly userIdentity?: Readonly<Record<string, unknown>>;
}
