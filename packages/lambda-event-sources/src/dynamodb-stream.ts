import type { _Record, DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDbRecord, Shard, ShardPosition, StreamSource } from "@fc/lambda/event-sources";
import { attributesJson } from "./attribute-json.ts";
import type { Clients } from "./clients.ts";
import { type IteratorShard, openIterator } from "./iterator-reader.ts";
import { serviceFailure } from "./service-failure.ts";

type StreamsSdk = typeof import("@aws-sdk/client-dynamodb-streams");

/** DynamoDB's limit of records in one call. */
const largestRead = 1_000;

/** Opens the stream of a DynamoDB table. */
export async function openDynamoDbStream(clients: Clients, arn: string, signal: AbortSignal): Promise<StreamSource> {
  const sdk = await import("@aws-sdk/client-dynamodb-streams");
  const client = await clients.of("dynamodb", arn, (config) => new sdk.DynamoDBStreamsClient(config));
  const stream: StreamSource = {
    shards: ({ signal: abort }) => listShards(sdk, client, arn, abort),
    openShard: (shardId, position, { signal: abort }) =>
      openIterator(dynamoDbShard(sdk, client, { arn, shardId, position }), position, abort),
  };
  await stream.shards({ signal });
  return stream;
}

async function listShards(
  sdk: StreamsSdk,
  client: DynamoDBStreamsClient,
  arn: string,
  abortSignal: AbortSignal,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let ExclusiveStartShardId: string | undefined;
  try {
    do {
      const command = new sdk.DescribeStreamCommand({ StreamArn: arn, ExclusiveStartShardId });
      const { StreamDescription } = await client.send(command, { abortSignal });
      for (const shard of StreamDescription?.Shards ?? [])
        shards.push({
          id: shard.ShardId ?? "",
          parentIds: shard.ParentShardId === undefined ? [] : [shard.ParentShardId],
          closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
        });
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
    } while (ExclusiveStartShardId !== undefined);
  } catch (error) {
    throw serviceFailure(`listing the shards of ${arn}`, error, abortSignal);
  }
  return shards;
}

function dynamoDbShard(
  sdk: StreamsSdk,
  client: DynamoDBStreamsClient,
  place: { readonly arn: string; readonly shardId: string; readonly position: ShardPosition },
): IteratorShard {
  const { arn, shardId: ShardId } = place;
  const sinceMs = place.position.from === "AT_TIMESTAMP" ? wholeSecond(place.position.timestampMs) : 0;
  return {
    name: `${ShardId} of ${arn}`,
    iterator: async (position, abortSignal) => {
      const command = new sdk.GetShardIteratorCommand({ StreamArn: arn, ShardId, ...iteratorInput(position) });
      return (await client.send(command, { abortSignal })).ShardIterator;
    },
    records: async (ShardIterator, limit, abortSignal) => {
      const command = new sdk.GetRecordsCommand({ ShardIterator, Limit: Math.min(limit, largestRead) });
      const { Records = [], NextShardIterator } = await client.send(command, { abortSignal });
      const records = Records.map(dynamoDbRecord).filter(({ arrivedAtMs }) => arrivedAtMs >= sinceMs);
      return { records, next: NextShardIterator ?? undefined };
    },
  };
}

/** DynamoDB has no AT_TIMESTAMP: reading begins with the oldest record, and older ones are passed over. */
function iteratorInput(position: ShardPosition): {
  readonly ShardIteratorType: "TRIM_HORIZON" | "LATEST" | "AFTER_SEQUENCE_NUMBER";
  readonly SequenceNumber?: string;
} {
  if (position.from === "AT_TIMESTAMP") return { ShardIteratorType: "TRIM_HORIZON" };
  if (position.from === "AFTER_SEQUENCE_NUMBER")
    return { ShardIteratorType: position.from, SequenceNumber: position.sequenceNumber };
  return { ShardIteratorType: position.from };
}

/** DynamoDB tells the time of a record in seconds. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

function dynamoDbRecord(record: _Record): DynamoDbRecord {
  const { dynamodb = {}, userIdentity } = record;
  const createdAt = dynamodb.ApproximateCreationDateTime?.getTime() ?? 0;
  const keys = attributesJson(dynamodb.Keys ?? {});
  return {
    kind: "dynamodb",
    eventId: record.eventID ?? "",
    eventName: record.eventName ?? "",
    sequenceNumber: dynamodb.SequenceNumber ?? "",
    partitionKey: JSON.stringify(keys),
    arrivedAtMs: createdAt,
    dynamodb: {
      ApproximateCreationDateTime: createdAt / 1_000,
      Keys: keys,
      ...(dynamodb.NewImage === undefined ? {} : { NewImage: attributesJson(dynamodb.NewImage) }),
      ...(dynamodb.OldImage === undefined ? {} : { OldImage: attributesJson(dynamodb.OldImage) }),
      SequenceNumber: dynamodb.SequenceNumber,
      SizeBytes: dynamodb.SizeBytes,
      StreamViewType: dynamodb.StreamViewType,
    },
    ...(userIdentity === undefined
      ? {}
      : { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } }),
  };
}
