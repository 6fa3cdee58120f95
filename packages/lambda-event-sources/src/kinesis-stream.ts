import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { Shard, ShardPosition, StreamSource } from "@fc/lambda/event-sources";
import type { Clients } from "./clients.ts";
import { type IteratorShard, openIterator } from "./iterator-reader.ts";
import { serviceFailure } from "./service-failure.ts";

type KinesisSdk = typeof import("@aws-sdk/client-kinesis");

/** Kinesis's limit of records in one call. */
const largestRead = 10_000;

/** Opens a Kinesis data stream. */
export async function openKinesisStream(clients: Clients, arn: string, signal: AbortSignal): Promise<StreamSource> {
  const sdk = await import("@aws-sdk/client-kinesis");
  const client = await clients.of("kinesis", arn, (config) => new sdk.KinesisClient(config));
  try {
    await client.send(new sdk.DescribeStreamSummaryCommand({ StreamARN: arn }), { abortSignal: signal });
  } catch (error) {
    throw serviceFailure(`opening the stream ${arn}`, error, signal);
  }
  return {
    shards: ({ signal: abort }) => listShards(sdk, client, arn, abort),
    openShard: (shardId, position, { signal: abort }) =>
      openIterator(kinesisShard(sdk, client, arn, shardId), position, abort),
  };
}

async function listShards(
  sdk: KinesisSdk,
  client: KinesisClient,
  arn: string,
  abortSignal: AbortSignal,
): Promise<Shard[]> {
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  try {
    do {
      // A further page is asked for by its token alone.
      const input = NextToken === undefined ? { StreamARN: arn } : { NextToken };
      const page = await client.send(new sdk.ListShardsCommand(input), { abortSignal });
      for (const shard of page.Shards ?? [])
        shards.push({
          id: shard.ShardId ?? "",
          parentIds: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
          closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
        });
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  } catch (error) {
    throw serviceFailure(`listing the shards of ${arn}`, error, abortSignal);
  }
  return shards;
}

function kinesisShard(sdk: KinesisSdk, client: KinesisClient, arn: string, ShardId: string): IteratorShard {
  return {
    name: `${ShardId} of ${arn}`,
    iterator: async (position, abortSignal) => {
      const command = new sdk.GetShardIteratorCommand({ StreamARN: arn, ShardId, ...iteratorInput(position) });
      return (await client.send(command, { abortSignal })).ShardIterator;
    },
    records: async (ShardIterator, limit, abortSignal) => {
      const Limit = Math.min(limit, largestRead);
      const command = new sdk.GetRecordsCommand({ StreamARN: arn, ShardIterator, Limit });
      const { Records = [], NextShardIterator } = await client.send(command, { abortSignal });
      const records = Records.map((record) => ({
        kind: "kinesis" as const,
        sequenceNumber: record.SequenceNumber ?? "",
        partitionKey: record.PartitionKey ?? "",
        data: Buffer.from(record.Data ?? []).toString("base64"),
        arrivedAtMs: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
      }));
      return { records, next: NextShardIterator ?? undefined };
    },
  };
}

function iteratorInput(position: ShardPosition): {
  readonly ShardIteratorType: ShardPosition["from"];
  readonly StartingSequenceNumber?: string;
  readonly Timestamp?: Date;
} {
  const ShardIteratorType = position.from;
  if (position.from === "AFTER_SEQUENCE_NUMBER")
    return { ShardIteratorType, StartingSequenceNumber: position.sequenceNumber };
  if (position.from === "AT_TIMESTAMP") return { ShardIteratorType, Timestamp: new Date(position.timestampMs) };
  return { ShardIteratorType };
}
