import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
  type StreamDescriptionSummary,
} from "@aws-sdk/client-kinesis";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { type EventCollector, startEventCollector } from "./lib/event-collector.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer, machineAddress } = functionGround();
const timeout = 60_000;
const dataOf = (record: { readonly kinesis: { readonly data: string } }): string =>
  Buffer.from(record.kinesis.data, "base64").toString();
const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:123456789012:${name}`;

test("without an endpoint a mapping and a destination are refused with the setting to set", async () => {
  await using server = await startServer();
  const client = lambdaClient(server.url);
  await createFunction(client, node("alone", "export const handler = async () => 1;"));
  const hint = "FAKECLOUD_EVENT_SOURCE_ENDPOINT";
  await expect(
    client.send(new CreateEventSourceMappingCommand({ FunctionName: "alone", EventSourceArn: arnOf("q") })),
  ).rejects.toThrow(hint);
  const DestinationConfig = { OnFailure: { Destination: arnOf("q") } };
  await expect(
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "alone", DestinationConfig })),
  ).rejects.toThrow(hint);
});

describe.skipIf(await lacksAwsEmulator())("real functions and an emulator of SQS, Kinesis and DynamoDB", () => {
  let emulator: AwsEmulator;
  let server: ServerProcess;
  let client: LambdaClient;
  let sqs: SQSClient;
  let kinesis: KinesisClient;
  let dynamodb: DynamoDBClient;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    server = await startServer({ args: ["--event-source-endpoint", emulator.url] });
    client = lambdaClient(server.url);
    sqs = new SQSClient(emulator.clientConfig);
    dynamodb = new DynamoDBClient(emulator.clientConfig);
    // The client would speak HTTP/2, which the emulator does not.
    kinesis = new KinesisClient({ ...emulator.clientConfig, requestHandler: new NodeHttpHandler() });
  });
  afterAll(async () => {
    sqs?.destroy();
    kinesis?.destroy();
    dynamodb?.destroy();
    await server?.[Symbol.asyncDispose]();
    await emulator?.[Symbol.asyncDispose]();
  });

  async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
    return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
  }

  async function left(QueueUrl: string): Promise<number> {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    return (
      Number(Attributes["ApproximateNumberOfMessages"]) + Number(Attributes["ApproximateNumberOfMessagesNotVisible"])
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  async function nextBody(QueueUrl: string): Promise<any> {
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    return JSON.parse(message?.Body ?? "null");
  }

  async function map(input: CreateEventSourceMappingCommandInput, lambda = client): Promise<void> {
    const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(input));
    const state = async (): Promise<string | undefined> =>
      (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
    await expect.poll(state, { timeout }).toBe("Enabled");
  }

  /** Makes a stream of one shard, and gives its ARN. */
  async function makeStream(StreamName: string): Promise<string> {
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    const summary = async (): Promise<StreamDescriptionSummary | undefined> =>
      (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary;
    await expect.poll(async () => (await summary())?.StreamStatus, { timeout }).toBe("ACTIVE");
    return (await summary())?.StreamARN ?? "";
  }

  async function put(StreamName: string, ...data: readonly string[]): Promise<void> {
    const Records = data.map((one) => ({ PartitionKey: "k", Data: Buffer.from(one) }));
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  }

  async function withCollector(work: (collector: EventCollector) => Promise<void>): Promise<void> {
    await using collector = await startEventCollector(await machineAddress());
    await work(collector);
  }

  test("a message runs a function and is deleted; one that failed comes again", () =>
    withCollector(async (collector) => {
      const QueueUrl = await makeQueue("jobs", { VisibilityTimeout: "3" });
      const then = `if (event.Records[0].attributes.ApproximateReceiveCount === "1") throw new Error("first time");`;
      await createFunction(client, node("jobs", collector.handler(then)));
      await map({ FunctionName: "jobs", EventSourceArn: arnOf("jobs") });
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "job" }));
      await expect.poll(() => left(QueueUrl), { timeout }).toBe(0);
      const counts = collector.events.map(({ Records: [record] }) => record.attributes.ApproximateReceiveCount);
      expect(counts).toEqual(["1", "2"]);
      expect(collector.events[0].Records).toMatchObject([{ body: "job", eventSourceARN: arnOf("jobs") }]);
    }));

  test("messages of a FIFO queue's group run a function in their order", () =>
    withCollector(async (collector) => {
      const QueueUrl = await makeQueue("steps.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
      await createFunction(client, node("steps", collector.handler()));
      await map({ FunctionName: "steps", EventSourceArn: arnOf("steps.fifo"), BatchSize: 1 });
      const bodies = ["one", "two", "three", "four"];
      for (const MessageBody of bodies)
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "g" }));
      await expect.poll(() => left(QueueUrl), { timeout }).toBe(0);
      expect(collector.events.map(({ Records: [record] }) => record.body)).toEqual(bodies);
    }));

  test("a poison record of a stream ends at the destination, and those around it are processed", () =>
    withCollector(async (collector) => {
      const EventSourceArn = await makeStream("clicks");
      const QueueUrl = await makeQueue("bad-clicks");
      const decode = `Buffer.from(record.kinesis.data, "base64").toString()`;
      const then = `if (event.Records.some((record) => ${decode} === "poison")) throw new Error("poison");`;
      await createFunction(client, node("clicks", collector.handler(then)));
      await put("clicks", "a", "poison", "b");
      await map({
        FunctionName: "clicks",
        EventSourceArn,
        StartingPosition: "TRIM_HORIZON",
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: arnOf("bad-clicks") } },
      });
      expect(await nextBody(QueueUrl)).toMatchObject({
        requestContext: { condition: "RetryAttemptsExhausted" },
        responseContext: { functionError: "Unhandled" },
        KinesisBatchInfo: { batchSize: 1 },
      });
      const data = (): string[][] => collector.events.map(({ Records }) => Records.map(dataOf));
      await expect.poll(data, { timeout }).toEqual([["a", "poison", "b"], ["a", "poison"], ["a"], ["poison"], ["b"]]);
    }));

  test("changes of a DynamoDB table run a function, and the one that it refuses ends at the destination", () =>
    withCollector(async (collector) => {
      const TableName = "things";
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
      const Key = { id: { S: "x" } };
      for (const n of ["1", "2"]) await dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: n } } }));
      await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
      const QueueUrl = await makeQueue("bad-changes");
      const then = `if (event.Records.some(({ eventName }) => eventName === "REMOVE")) throw new Error("no");`;
      await createFunction(client, node("things", collector.handler(then)));
      await map({
        FunctionName: "things",
        EventSourceArn,
        StartingPosition: "TRIM_HORIZON",
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: arnOf("bad-changes") } },
      });
      expect(await nextBody(QueueUrl)).toMatchObject({
        requestContext: { condition: "RetryAttemptsExhausted" },
        DDBStreamBatchInfo: { batchSize: 1, streamArn: EventSourceArn },
      });
      const batches = collector.events.map(({ Records }) =>
        Records.map(({ eventName }: { readonly eventName: string }) => eventName),
      );
      expect(batches).toEqual([["INSERT", "MODIFY", "REMOVE"], ["INSERT", "MODIFY"], ["REMOVE"]]);
      expect(collector.events[1].Records[1]).toMatchObject({
        eventSource: "aws:dynamodb",
        eventSourceARN: EventSourceArn,
        dynamodb: { Keys: Key, NewImage: { ...Key, n: { N: "2" } }, OldImage: { ...Key, n: { N: "1" } } },
      });
    }));

  test("records of a stream are counted in a tumbling window, which ends with a call of its own", () =>
    withCollector(async (collector) => {
      const EventSourceArn = await makeStream("counted");
      const then = "return { state: { count: (event.state.count ?? 0) + event.Records.length } };";
      await createFunction(client, node("counted", collector.handler(then)));
      await put("counted", "a", "b", "c");
      const start = { StartingPosition: "TRIM_HORIZON", BatchSize: 1, TumblingWindowInSeconds: 2 } as const;
      await map({ FunctionName: "counted", EventSourceArn, ...start });
      // One window, or two if it ended between the records.
      const counted = (): number =>
        collector.events
          .filter(({ isFinalInvokeForWindow }) => isFinalInvokeForWindow)
          .reduce((sum, { state }) => sum + state.count, 0);
      await expect.poll(counted, { timeout }).toBe(3);
      expect(collector.events[0]).toMatchObject({ state: {}, isFinalInvokeForWindow: false });
      expect(collector.events[0].Records.map(dataOf)).toEqual(["a"]);
    }));

  test("a server that is started again on its folder goes on after the last record", () =>
    withCollector(async (collector) => {
      const folder = await mkdtemp(join(tmpdir(), "fc-event-sources-"));
      const args = ["--event-source-endpoint", emulator.url, "--data-path", folder];
      const arn = await makeStream("orders");
      const seen = (): string[] => collector.events.flatMap(({ Records }) => Records.map(dataOf));
      {
        await using first = await startServer({ args });
        const own = lambdaClient(first.url);
        await createFunction(own, node("orders", collector.handler()));
        await map({ FunctionName: "orders", EventSourceArn: arn, StartingPosition: "TRIM_HORIZON" }, own);
        await put("orders", "one");
        await expect.poll(seen, { timeout }).toEqual(["one"]);
        // The checkpoint is written when the batch has ended, after the function told of it.
        const lastResult = async (): Promise<string | undefined> =>
          (await own.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings?.[0]?.LastProcessingResult;
        await expect.poll(lastResult, { timeout }).toBe("OK");
      }
      await put("orders", "two");
      await using second = await startServer({ args });
      await expect.poll(seen, { timeout }).toEqual(["one", "two"]);
      await second.stop("SIGTERM");
      await rm(folder, { recursive: true });
    }));

  test("what a function makes of an asynchronous event arrives at its destination", async () => {
    const QueueUrl = await makeQueue("answers");
    await createFunction(
      client,
      node("answering", "export const handler = async (event) => ({ twice: event.n * 2 });"),
    );
    const DestinationConfig = { OnSuccess: { Destination: arnOf("answers") } };
    await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "answering", DestinationConfig }));
    expect((await invoke(client, "answering", { n: 21 }, { InvocationType: "Event" })).status).toBe(202);
    expect(await nextBody(QueueUrl)).toMatchObject({
      requestContext: { condition: "Success" },
      requestPayload: { n: 21 },
      responsePayload: { twice: 42 },
    });
  });
});
