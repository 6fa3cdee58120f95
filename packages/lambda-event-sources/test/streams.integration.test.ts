import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { CreateEventSourceMappingCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAwsDestinations } from "../src/index.ts";
import { account, makeFunction, makeMapping, type Rig, reaches, startRig } from "./support/rig.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever the event holds
type EventRecord = any;

const timeout = 20_000;
/** The client would speak HTTP/2, which the emulator does not. */
const http1 = { requestHandler: new NodeHttpHandler() };

describe.skipIf(await lacksAwsEmulator())("functions on streams", () => {
  let emulator: AwsEmulator;
  let kinesis: KinesisClient;
  let rig: Rig;
  const received: Record<string, EventRecord[]> = {};
  const names = ["all", "poison", "resharded", "paused", "table", "inserts", "windows"];
  /** Every event of the function with windows. */
  const windows: EventRecord[] = [];
  const dataOf = (name: string): string[] =>
    (received[name] ?? []).map((record) => Buffer.from(record.kinesis.data, "base64").toString());

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    kinesis = new KinesisClient({ ...emulator.clientConfig, ...http1 });
    const handler = (name: string) => (event: unknown) => {
      const { Records } = event as { readonly Records: EventRecord[] };
      received[name] = [...(received[name] ?? []), ...Records];
      if (Records.some((record) => record.kinesis?.data === Buffer.from("poison").toString("base64")))
        throw new Error("poison");
    };
    const settings = { endpoint: emulator.url };
    const gather = (event: EventRecord): object => {
      windows.push(event);
      handler("windows")(event);
      return { state: { seen: (event.state.seen ?? 0) + event.Records.length } };
    };
    const handlers = { ...Object.fromEntries(names.map((name) => [name, handler(name)])), windows: gather };
    rig = await startRig(emulator, handlers, { destinations: createAwsDestinations(settings) });
    for (const name of names) await makeFunction(rig, name);
  });
  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    kinesis?.destroy();
    await emulator?.[Symbol.asyncDispose]();
  });

  async function makeStream(StreamName: string, ShardCount = 1): Promise<string> {
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
    const look = (): Promise<{ StreamDescriptionSummary?: { StreamARN?: string; StreamStatus?: string } }> =>
      kinesis.send(new DescribeStreamSummaryCommand({ StreamName })) as never;
    await expect.poll(async () => (await look()).StreamDescriptionSummary?.StreamStatus, { timeout }).toBe("ACTIVE");
    return (await look()).StreamDescriptionSummary?.StreamARN ?? "";
  }

  async function put(StreamName: string, entries: readonly (readonly [key: string, data: string])[]): Promise<void> {
    const Records = entries.map(([PartitionKey, data]) => ({ PartitionKey, Data: Buffer.from(data) }));
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  }

  test("records of Kinesis arrive as AWS sends them, in order for each key", async () => {
    const arn = await makeStream("all", 3);
    await makeMapping(rig, { FunctionName: "all", EventSourceArn: arn, StartingPosition: "TRIM_HORIZON" });
    const entries = Array.from({ length: 30 }, (_, n): [string, string] => [`key${n % 3}`, `${n % 3}-${n}`]);
    await put("all", entries);
    await expect.poll(() => received["all"]?.length, { timeout }).toBe(30);
    for (const key of ["0", "1", "2"])
      expect(dataOf("all").filter((data) => data.startsWith(key))).toEqual(
        entries.map(([, data]) => data).filter((data) => data.startsWith(key)),
      );
    expect(received["all"]?.[0]).toEqual({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: expect.stringMatching(/^key\d$/),
        sequenceNumber: expect.stringMatching(/^\d+$/),
        data: expect.any(String),
        approximateArrivalTimestamp: expect.any(Number),
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: expect.stringMatching(/^shardId-\d{12}:\d+$/),
      eventName: "aws:kinesis:record",
      invokeIdentityArn: `arn:aws:iam::${account}:role/r`,
      awsRegion: "us-east-1",
      eventSourceARN: arn,
    });
  });

  test("a poison record is found by halves; its place goes to the destination, the others are processed", async () => {
    const arn = await makeStream("poison");
    const sqs = new SQSClient(emulator.clientConfig);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "failures" }));
    const Destination = `arn:aws:sqs:us-east-1:${account}:failures`;
    await put(
      "poison",
      ["a", "b", "poison", "d"].map((data) => ["key", data] as const),
    );
    await makeMapping(rig, {
      FunctionName: "poison",
      EventSourceArn: arn,
      StartingPosition: "TRIM_HORIZON",
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination } },
    });
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const poison = received["poison"]?.[2]?.kinesis.sequenceNumber;
    expect(JSON.parse(message?.Body ?? "")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 1 },
      KinesisBatchInfo: { startSequenceNumber: poison, endSequenceNumber: poison, batchSize: 1, streamArn: arn },
    });
    await expect.poll(() => dataOf("poison").at(-1), { timeout }).toBe("d");
    sqs.destroy();
  });

  // The emulator never ends a shard that was split (its next iterator is never null) and puts what comes into it as before: that
  // children are read after their parent, and that a window ends with its shard, is shown in memory by @fc/lambda.
  test("what is put before and after a split arrives, each record once", async () => {
    const arn = await makeStream("resharded");
    await put("resharded", [["a", "before"]]);
    const { Shards: [shard] = [] } = await kinesis.send(new ListShardsCommand({ StreamName: "resharded" }));
    await kinesis.send(
      new SplitShardCommand({
        StreamName: "resharded",
        ShardToSplit: shard?.ShardId,
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    await put("resharded", [
      ["a", "after 1"],
      ["b", "after 2"],
      ["c", "after 3"],
    ]);
    await makeMapping(rig, { FunctionName: "resharded", EventSourceArn: arn, StartingPosition: "TRIM_HORIZON" });
    await expect.poll(() => received["resharded"]?.length, { timeout }).toBe(4);
    expect(dataOf("resharded")[0]).toBe("before");
  });

  test("records of Kinesis are gathered in tumbling windows", async () => {
    const EventSourceArn = await makeStream("windows");
    await put("windows", [
      ["a", "1"],
      ["b", "2"],
    ]);
    const start = { StartingPosition: "TRIM_HORIZON", BatchSize: 1, TumblingWindowInSeconds: 1 } as const;
    await makeMapping(rig, { FunctionName: "windows", EventSourceArn, ...start });
    // One window, or two if the clock struck between the records.
    const last = (): EventRecord[] => windows.filter(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow);
    const seen = (): number => last().reduce((sum, { state }) => sum + state.seen, 0);
    await expect.poll(seen, { timeout }).toBe(2);
    expect(dataOf("windows")).toEqual(["1", "2"]);
    expect(windows[0]).toMatchObject({
      state: {},
      shardId: expect.stringMatching(/^shardId-\d{12}$/),
      eventSourceARN: EventSourceArn,
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
    for (const { Records, window } of last()) {
      expect(Records).toEqual([]);
      expect(Date.parse(window.end) - Date.parse(window.start)).toBe(1_000);
    }
  });

  test("a mapping that was disabled goes on after its last record", async () => {
    const arn = await makeStream("paused");
    const UUID = await makeMapping(rig, { FunctionName: "paused", EventSourceArn: arn, StartingPosition: "LATEST" });
    await put("paused", [["key", "one"]]);
    await expect.poll(() => dataOf("paused"), { timeout }).toEqual(["one"]);
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await reaches(rig, UUID, "Disabled");
    await put("paused", [["key", "two"]]);
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await kinesis.send(new PutRecordCommand({ StreamName: "paused", PartitionKey: "key", Data: Buffer.from("three") }));
    await expect.poll(() => dataOf("paused"), { timeout }).toEqual(["one", "two", "three"]);
  });

  test("changes of a DynamoDB table arrive with keys and images, and can be filtered", async () => {
    const dynamodb = new DynamoDBClient(emulator.clientConfig);
    const TableName = "table";
    const { TableDescription } = await dynamodb.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    const EventSourceArn = TableDescription?.LatestStreamArn;
    const mapping = { EventSourceArn, StartingPosition: "TRIM_HORIZON" } as const;
    await makeMapping(rig, { ...mapping, FunctionName: "table" });
    const Filters = [{ Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"n":{"N":["1"]}}}}' }];
    await makeMapping(rig, { ...mapping, FunctionName: "inserts", FilterCriteria: { Filters } });
    const item = (n: string): Record<string, { S: string } | { N: string }> => ({ id: { S: "x" }, n: { N: n } });
    await dynamodb.send(new PutItemCommand({ TableName, Item: item("1") }));
    await dynamodb.send(new PutItemCommand({ TableName, Item: item("2") }));
    await dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: "x" } } }));
    await expect
      .poll(() => received["table"]?.map(({ eventName }) => eventName), { timeout })
      .toEqual(["INSERT", "MODIFY", "REMOVE"]);
    expect(received["table"]?.[1]).toEqual({
      eventID: expect.any(String),
      eventName: "MODIFY",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: { id: { S: "x" } },
        NewImage: item("2"),
        OldImage: item("1"),
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
      eventSourceARN: EventSourceArn,
    });
    await expect.poll(() => received["inserts"]?.length, { timeout }).toBe(1);
    dynamodb.destroy();
  });

  test.each([
    `arn:aws:kinesis:us-east-1:${account}:stream/nowhere`,
    `arn:aws:dynamodb:us-east-1:${account}:table/nowhere/stream/2026-01-01T00:00:00.000`,
  ])("a stream that does not exist is refused in AWS's words: %s", async (EventSourceArn) => {
    const input = { FunctionName: "all", EventSourceArn, StartingPosition: "LATEST" } as const;
    await expect(rig.client.send(new CreateEventSourceMappingCommand(input))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: `Stream not found: ${EventSourceArn}`,
    });
  });
});
