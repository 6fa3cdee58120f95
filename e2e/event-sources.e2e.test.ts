import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { ChangeMessageVisibilityCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { lacksAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AwsServices, queueArn, startAwsServices } from "./lib/aws-services.ts";
import { lambdaClient } from "./lib/clients.ts";
import { type EventCollector, startEventCollector } from "./lib/event-collector.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, node } from "./lib/functions.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer, machineAddress } = functionGround();
const timeout = 60_000;
const dataOf = (record: { readonly kinesis: { readonly data: string } }): string =>
  Buffer.from(record.kinesis.data, "base64").toString();

test("without an endpoint a mapping and a destination are refused with the setting to set", async () => {
  await using server = await startServer();
  const client = lambdaClient(server.url);
  await createFunction(client, node("alone", "export const handler = async () => 1;"));
  const hint = "FAKECLOUD_EVENT_SOURCE_ENDPOINT";
  await expect(
    client.send(new CreateEventSourceMappingCommand({ FunctionName: "alone", EventSourceArn: queueArn("q") })),
  ).rejects.toThrow(hint);
  const DestinationConfig = { OnFailure: { Destination: queueArn("q") } };
  await expect(
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "alone", DestinationConfig })),
  ).rejects.toThrow(hint);
});

describe.skipIf(await lacksAwsEmulator())("real functions and an emulator of SQS, Kinesis and DynamoDB", () => {
  let services: AwsServices;
  let server: ServerProcess;
  let client: LambdaClient;
  let dynamodb: DynamoDBClient;

  beforeAll(async () => {
    services = await startAwsServices();
    server = await startServer({ args: ["--event-source-endpoint", services.emulator.url] });
    client = lambdaClient(server.url);
    dynamodb = new DynamoDBClient(services.emulator.clientConfig);
  });
  afterAll(async () => {
    dynamodb?.destroy();
    await server?.[Symbol.asyncDispose]();
    await services?.[Symbol.asyncDispose]();
  });

  const send = (QueueUrl: string, MessageBody: string, MessageGroupId?: string): Promise<unknown> =>
    services.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId }));

  async function isEmpty(queueUrl: string): Promise<void> {
    await expect.poll(() => services.messageCounts(queueUrl), { timeout }).toEqual({ visible: 0, hidden: 0 });
  }

  /** The body of the first message that arrives. */
  async function nextBody(queueUrl: string): Promise<unknown> {
    const [message] = await services.receive(queueUrl);
    return JSON.parse(message?.Body ?? "null");
  }

  async function map(input: CreateEventSourceMappingCommandInput, lambda = client): Promise<void> {
    const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(input));
    const state = async (): Promise<string | undefined> =>
      (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
    await expect.poll(state, { timeout }).toBe("Enabled");
  }

  async function withCollector(work: (collector: EventCollector) => Promise<void>): Promise<void> {
    await using collector = await startEventCollector(await machineAddress());
    await work(collector);
  }

  test("a message runs a function and is deleted; one that failed comes again", () =>
    withCollector(async (collector) => {
      const QueueUrl = await services.makeQueue("jobs", { VisibilityTimeout: "3" });
      const then = `if (event.Records[0].attributes.ApproximateReceiveCount === "1") throw new Error("first time");`;
      await createFunction(client, node("jobs", collector.handler(then)));
      await map({ FunctionName: "jobs", EventSourceArn: queueArn("jobs") });
      await send(QueueUrl, "job");
      await isEmpty(QueueUrl);
      const counts = collector.events.map(({ Records: [record] }) => record.attributes.ApproximateReceiveCount);
      expect(counts).toEqual(["1", "2"]);
      expect(collector.events[0].Records).toMatchObject([{ body: "job", eventSourceARN: queueArn("jobs") }]);
    }));

  test("a batch is what passes the filter within its window, and only the message that its function reports comes again", () =>
    withCollector(async (collector) => {
      const QueueUrl = await services.makeQueue("parts");
      const then = `const failed = event.Records.filter(({ body, attributes }) => JSON.parse(body).n === 1 && attributes.ApproximateReceiveCount === "1");
        return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };`;
      await createFunction(client, node("parts", collector.handler(then)));
      await map({
        FunctionName: "parts",
        EventSourceArn: queueArn("parts"),
        BatchSize: 2,
        MaximumBatchingWindowInSeconds: 20,
        FilterCriteria: { Filters: [{ Pattern: '{"body":{"n":[{"numeric":[">",0]}]}}' }] },
        FunctionResponseTypes: ["ReportBatchItemFailures"],
      });
      for (const n of [0, 1]) await send(QueueUrl, JSON.stringify({ n }));
      // The first waits for its batch, and the one that the filter drops is gone.
      await expect.poll(() => services.messageCounts(QueueUrl), { timeout }).toEqual({ visible: 0, hidden: 1 });
      expect(collector.events).toEqual([]);
      await send(QueueUrl, JSON.stringify({ n: 2 }));
      await expect.poll(() => services.messageCounts(QueueUrl), { timeout }).toEqual({ visible: 0, hidden: 1 });
      const [{ receiptHandle: ReceiptHandle }] = collector.events[0].Records;
      await services.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
      await send(QueueUrl, JSON.stringify({ n: 3 }));
      await isEmpty(QueueUrl);
      const numbers = collector.events.map(({ Records }) =>
        Records.map(({ body }: { readonly body: string }) => JSON.parse(body).n).sort(),
      );
      expect(numbers).toEqual([
        [1, 2],
        [1, 3],
      ]);
    }));

  test("messages of a FIFO queue's group run a function in their order", () =>
    withCollector(async (collector) => {
      const QueueUrl = await services.makeQueue("steps.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
      await createFunction(client, node("steps", collector.handler()));
      await map({ FunctionName: "steps", EventSourceArn: queueArn("steps.fifo"), BatchSize: 1 });
      const bodies = ["one", "two", "three", "four"];
      for (const body of bodies) await send(QueueUrl, body, "g");
      await isEmpty(QueueUrl);
      expect(collector.events.map(({ Records: [record] }) => record.body)).toEqual(bodies);
    }));

  test("a poison record of a stream ends at the destination, and those around it are processed", () =>
    withCollector(async (collector) => {
      const EventSourceArn = await services.makeStream("clicks");
      const QueueUrl = await services.makeQueue("bad-clicks");
      const decode = `Buffer.from(record.kinesis.data, "base64").toString()`;
      const then = `if (event.Records.some((record) => ${decode} === "poison")) throw new Error("poison");`;
      await createFunction(client, node("clicks", collector.handler(then)));
      await services.put("clicks", ["a", "poison", "b"]);
      await map({
        FunctionName: "clicks",
        EventSourceArn,
        StartingPosition: "TRIM_HORIZON",
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: queueArn("bad-clicks") } },
      });
      expect(await nextBody(QueueUrl)).toMatchObject({
        requestContext: { condition: "RetryAttemptsExhausted" },
        responseContext: { functionError: "Unhandled" },
        KinesisBatchInfo: { batchSize: 1 },
      });
      const data = (): string[][] => collector.events.map(({ Records }) => Records.map(dataOf));
      await expect.poll(data, { timeout }).toEqual([["a", "poison", "b"], ["a", "poison"], ["a"], ["poison"], ["b"]]);
    }));

  test("keys of one shard run side by side as ParallelizationFactor allows, each in its order; a filter passes over the others", () =>
    withCollector(async (collector) => {
      const EventSourceArn = await services.makeStream("lanes");
      // The one that is there first waits until the other has its environment.
      await createFunction(client, node("lanes", collector.handler(), { timeout: 60 }));
      const data = ["a1", "b1", "a0", "a2", "b2"].map((name) => JSON.stringify({ key: name[0], n: Number(name[1]) }));
      await services.put("lanes", data, (one) => JSON.parse(one).key);
      const both = collector.hold(2);
      await map({
        FunctionName: "lanes",
        EventSourceArn,
        StartingPosition: "TRIM_HORIZON",
        BatchSize: 1,
        ParallelizationFactor: 2,
        FilterCriteria: { Filters: [{ Pattern: '{"data":{"n":[{"numeric":[">",0]}]}}' }] },
      });
      const release = await both;
      const seen = (): string[] => collector.events.flatMap(({ Records }) => Records.map(dataOf));
      expect(seen().sort()).toEqual([data[0], data[1]]);
      release();
      await expect.poll(() => seen().length, { timeout }).toBe(4);
      expect(seen().filter((one) => one.includes("a"))).toEqual([data[0], data[3]]);
      expect(seen().filter((one) => one.includes("b"))).toEqual([data[1], data[4]]);
    }));

  test("a batch of a stream goes on at the record that its function reports", () =>
    withCollector(async (collector) => {
      const EventSourceArn = await services.makeStream("resumed");
      const then = `if (event.Records.length === 3) return { batchItemFailures: [{ itemIdentifier: event.Records[1].kinesis.sequenceNumber }] };`;
      await createFunction(client, node("resumed", collector.handler(then)));
      await services.put("resumed", ["a", "b", "c"]);
      const FunctionResponseTypes = ["ReportBatchItemFailures" as const];
      await map({ FunctionName: "resumed", EventSourceArn, StartingPosition: "TRIM_HORIZON", FunctionResponseTypes });
      const data = (): string[][] => collector.events.map(({ Records }) => Records.map(dataOf));
      await expect.poll(data, { timeout }).toEqual([
        ["a", "b", "c"],
        ["b", "c"],
      ]);
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
      const QueueUrl = await services.makeQueue("bad-changes");
      const then = `if (event.Records.some(({ eventName }) => eventName === "REMOVE")) throw new Error("no");`;
      await createFunction(client, node("things", collector.handler(then)));
      await map({
        FunctionName: "things",
        EventSourceArn,
        StartingPosition: "TRIM_HORIZON",
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: queueArn("bad-changes") } },
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
      const EventSourceArn = await services.makeStream("counted");
      const then = "return { state: { count: (event.state.count ?? 0) + event.Records.length } };";
      await createFunction(client, node("counted", collector.handler(then)));
      await services.put("counted", ["a", "b", "c"]);
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

  test("after kill -9 the next server on the folder goes on: not with what was done, but with what was running", () =>
    withCollector(async (collector) => {
      const folder = await mkdtemp(join(tmpdir(), "fc-event-sources-"));
      const args = ["--event-source-endpoint", services.emulator.url, "--data-path", folder];
      const arn = await services.makeStream("orders");
      const seen = (): string[] => collector.events.flatMap(({ Records }) => Records.map(dataOf));
      {
        await using first = await startServer({ args });
        const own = lambdaClient(first.url);
        await createFunction(own, node("orders", collector.handler()));
        await map({ FunctionName: "orders", EventSourceArn: arn, StartingPosition: "TRIM_HORIZON" }, own);
        await services.put("orders", ["one"]);
        await expect.poll(seen, { timeout }).toEqual(["one"]);
        // The checkpoint is written when the batch has ended, after the function told of it.
        const lastResult = async (): Promise<string | undefined> =>
          (await own.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings?.[0]?.LastProcessingResult;
        await expect.poll(lastResult, { timeout }).toBe("OK");
        const running = collector.hold(1);
        await services.put("orders", ["two"]);
        await running;
        await first.stop("SIGKILL");
      }
      await using second = await startServer({ args });
      await expect.poll(seen, { timeout }).toEqual(["one", "two", "two"]);
      await second.stop("SIGTERM");
      await rm(folder, { recursive: true });
    }));
});
