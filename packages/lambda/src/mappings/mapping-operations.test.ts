import * as aws from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import {
  type MemoryQueue,
  memoryDestinations,
  memoryEventSources,
  memoryQueue,
  memoryStream,
} from "../testing/index.ts";

const arnOf = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:000000000000:${resource}`;
const queueArn = arnOf("sqs", "q");
const fifoArn = arnOf("sqs", "q.fifo");
const streamArn = arnOf("kinesis", "stream/s");
const tableArn = arnOf("dynamodb", "table/t/stream/2026-01-01T00:00:00.000");
const f = arnOf("lambda", "function:f");
const FunctionName = "f";

type Create = Partial<aws.CreateEventSourceMappingCommandInput>;

interface Rig extends Harness {
  readonly queue: MemoryQueue;
  readonly create: (input: Create) => Promise<aws.CreateEventSourceMappingCommandOutput>;
}

async function rigOf(): Promise<Rig> {
  const queue = memoryQueue();
  const stream = memoryStream();
  const rig = lambdaHarness({
    eventSources: memoryEventSources({
      queues: { [queueArn]: queue, [fifoArn]: queue, [arnOf("sqs", "other")]: queue },
      streams: { [streamArn]: stream, [tableArn]: stream },
    }),
    destinations: memoryDestinations([queueArn]),
  });
  await makeFunction(rig);
  const create = (input: Create): Promise<aws.CreateEventSourceMappingCommandOutput> =>
    rig.client.send(new aws.CreateEventSourceMappingCommand({ FunctionName, ...input }));
  return { ...rig, queue, create };
}

describe("a new mapping", () => {
  test("on a queue has AWS's defaults and becomes enabled", async () => {
    const rig = await rigOf();
    const { $metadata, ...created } = await rig.create({ EventSourceArn: queueArn });
    expect($metadata.httpStatusCode).toBe(202);
    const [row, ...others] = rig.lambda.eventSourceMappings();
    expect(row).toMatchObject({ uuid: created.UUID, kind: "sqs", functionName: "f", eventSourceArn: queueArn });
    expect(others).toEqual([]);
    expect(created).toEqual({
      UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EventSourceMappingArn: arnOf("lambda", `event-source-mapping:${created.UUID}`),
      EventSourceArn: queueArn,
      FunctionArn: f,
      State: "Creating",
      StateTransitionReason: "USER_INITIATED",
      LastModified: new Date(rig.clock.now()),
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: [],
    });
    await rig.settle();
    const { UUID } = created;
    expect(await rig.client.send(new aws.GetEventSourceMappingCommand({ UUID }))).toMatchObject({ State: "Enabled" });
  });

  test("on a stream has AWS's defaults, and is disabled when it is asked to be", async () => {
    const rig = await rigOf();
    const input = { EventSourceArn: streamArn, StartingPosition: "LATEST", Enabled: false } as const;
    const { $metadata: _, ...created } = await rig.create(input);
    expect(created).toMatchObject({
      State: "Creating",
      StateTransitionReason: "User action",
      LastProcessingResult: "No records processed",
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      StartingPosition: "LATEST",
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: false,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      TumblingWindowInSeconds: 0,
      DestinationConfig: { OnFailure: {} },
    });
    await rig.settle();
    expect(await rig.client.send(new aws.GetEventSourceMappingCommand({ UUID: created.UUID }))).toMatchObject({
      State: "Disabled",
    });
  });

  test("takes members of other sources that say nothing, as tools send them", async () => {
    const rig = await rigOf();
    const nothing = { BisectBatchOnFunctionError: false, DestinationConfig: { OnFailure: {} } };
    const { $metadata: _, ...created } = await rig.create({ EventSourceArn: queueArn, ...nothing });
    expect(created).not.toHaveProperty("DestinationConfig");
  });

  test("shows what was set, and the qualifier by which the function was named", async () => {
    const rig = await rigOf();
    await rig.client.send(new aws.PublishVersionCommand({ FunctionName }));
    const settings = {
      BatchSize: 7,
      MaximumBatchingWindowInSeconds: 3,
      FilterCriteria: { Filters: [{ Pattern: '{"body":["x"]}' }] },
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ["ReportBatchItemFailures" as const],
    };
    expect(await rig.create({ FunctionName: `${f}:1`, EventSourceArn: queueArn, ...settings })).toMatchObject({
      FunctionArn: `${f}:1`,
      ...settings,
    });
  });
});

describe("a mapping", () => {
  test("cannot be changed while it is changing", async () => {
    let opened = 0;
    const openQueue = (): Promise<MemoryQueue> => {
      opened += 1;
      // The first look is that of the request, the second that of the worker.
      return opened === 1 ? Promise.resolve(memoryQueue()) : new Promise(() => undefined);
    };
    const rig = lambdaHarness({ eventSources: { ...memoryEventSources({}), openQueue } });
    await makeFunction(rig);
    const { UUID = "" } = await rig.client.send(
      new aws.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queueArn }),
    );
    await rig.settle();
    await expect(
      rig.client.send(new aws.UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 })),
    ).rejects.toMatchObject({
      name: "ResourceInUseException",
      message: "Cannot update the event source mapping because it is in use.",
    });
    await expect(rig.client.send(new aws.DeleteEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: "ResourceInUseException",
      message: "Cannot delete the event source mapping because it is in use.",
    });
  });

  test("goes through AWS's states when it is changed, disabled, enabled and deleted", async () => {
    const rig = await rigOf();
    const { UUID = "" } = await rig.create({ EventSourceArn: queueArn });
    await rig.settle();
    const states: (string | undefined)[] = [];
    for (const input of [{ BatchSize: 5 }, { Enabled: false }, { BatchSize: 6 }, { Enabled: true }]) {
      states.push((await rig.client.send(new aws.UpdateEventSourceMappingCommand({ UUID, ...input }))).State);
      await rig.settle();
      states.push((await rig.client.send(new aws.GetEventSourceMappingCommand({ UUID }))).State);
    }
    states.push((await rig.client.send(new aws.DeleteEventSourceMappingCommand({ UUID }))).State);
    expect(states).toEqual([
      ...["Updating", "Enabled", "Disabling", "Disabled", "Updating", "Disabled", "Enabling", "Enabled"],
      "Deleting",
    ]);
    await rig.settle();
    await expect(rig.client.send(new aws.GetEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The resource you requested does not exist.",
    });
  });

  test("loses a filter, a destination and a concurrency limit that are set to nothing", async () => {
    const rig = await rigOf();
    const { UUID = "" } = await rig.create({
      EventSourceArn: streamArn,
      StartingPosition: "LATEST",
      FilterCriteria: { Filters: [{ Pattern: '{"data":["x"]}' }] },
      DestinationConfig: { OnFailure: { Destination: queueArn } },
    });
    await rig.settle();
    const change = { FilterCriteria: {}, DestinationConfig: { OnFailure: { Destination: "" } } };
    const { $metadata: _, ...changed } = await rig.client.send(
      new aws.UpdateEventSourceMappingCommand({ UUID, ...change }),
    );
    expect(changed).toMatchObject({ DestinationConfig: { OnFailure: {} } });
    expect(changed).not.toHaveProperty("FilterCriteria");
  });

  test("can be pointed at another function, and be disabled when its source is out of reach", async () => {
    const rig = await rigOf();
    await makeFunction(rig, { FunctionName: "g" });
    const { UUID = "" } = await rig.create({ EventSourceArn: queueArn });
    await rig.settle();
    const update = new aws.UpdateEventSourceMappingCommand({ UUID, FunctionName: "g" });
    expect(await rig.client.send(update)).toMatchObject({ FunctionArn: arnOf("lambda", "function:g") });
    await rig.settle();
    rig.queue.failure = new Error("connection refused");
    await rig.client.send(new aws.UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  });

  test("is listed by function and by source, page by page, in its own account and region", async () => {
    const rig = await rigOf();
    await makeFunction(rig, { FunctionName: "g" });
    const ids: (string | undefined)[] = [];
    for (const FunctionName of ["f", "g"])
      for (const EventSourceArn of [queueArn, arnOf("sqs", "other")])
        ids.push((await rig.create({ FunctionName, EventSourceArn })).UUID);
    const list = async (input: aws.ListEventSourceMappingsCommandInput): Promise<(string | undefined)[]> =>
      ((await rig.client.send(new aws.ListEventSourceMappingsCommand(input))).EventSourceMappings ?? []).map(
        ({ UUID }) => UUID,
      );
    expect((await list({ FunctionName: "f" })).sort()).toEqual(ids.slice(0, 2).sort());
    expect((await list({ EventSourceArn: queueArn })).sort()).toEqual([ids[0], ids[2]].sort());
    const pages: (string | undefined)[][] = [];
    const paginator = aws.paginateListEventSourceMappings({ client: rig.client, pageSize: 3 }, {});
    for await (const page of paginator) pages.push((page.EventSourceMappings ?? []).map(({ UUID }) => UUID));
    expect([pages.map(({ length }) => length), pages.flat().sort()]).toEqual([[3, 1], ids.sort()]);
    for (const other of [rig.clientOf("111111111111"), rig.clientOf("000000000000", "eu-west-1")]) {
      const answer = await other.send(new aws.ListEventSourceMappingsCommand({}));
      expect(answer.EventSourceMappings).toEqual([]);
    }
  });

  test("has tags of its own", async () => {
    const rig = await rigOf();
    const { EventSourceMappingArn: Resource } = await rig.create({ EventSourceArn: queueArn, Tags: { a: "1" } });
    await rig.client.send(new aws.TagResourceCommand({ Resource, Tags: { b: "2" } }));
    await rig.client.send(new aws.UntagResourceCommand({ Resource, TagKeys: ["a"] }));
    expect((await rig.client.send(new aws.ListTagsCommand({ Resource }))).Tags).toEqual({ b: "2" });
  });

  test("outlives its function, as at AWS, and says what is missing; it takes no message meanwhile", async () => {
    const rig = await rigOf();
    const { UUID = "" } = await rig.create({ EventSourceArn: queueArn });
    await rig.settle();
    await rig.client.send(new aws.DeleteFunctionCommand({ FunctionName }));
    rig.queue.send("first");
    rig.queue.send("second");
    await rig.settle();
    expect(await rig.client.send(new aws.GetEventSourceMappingCommand({ UUID }))).toMatchObject({
      State: "Enabled",
      LastProcessingResult: `PROBLEM: Function not found: ${f}`,
    });
    expect(rig.queue.bodies).toEqual(["first", "second"]);
  });

  test("is gone after a reset of its account, and its worker with it", async () => {
    const rig = await rigOf();
    const { UUID = "" } = await rig.create({ EventSourceArn: queueArn });
    await rig.settle();
    await rig.lambda.reset({ account: "000000000000" });
    rig.queue.send("unread");
    await rig.settle();
    expect(rig.queue.hidden).toBe(0);
    await expect(rig.client.send(new aws.GetEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("a mapping is refused", () => {
  const invalid = "InvalidParameterValueException";
  const stream = { EventSourceArn: streamArn, StartingPosition: "LATEST" } as const;
  const cases: readonly (readonly [input: Create, message: string, name?: string])[] = [
    [{}, "Unrecognized event source."],
    [{ EventSourceArn: arnOf("lambda", "function:f") }, "Unrecognized event source."],
    [{ EventSourceArn: queueArn, FunctionName: "missing" }, "Function does not exist"],
    [
      { EventSourceArn: streamArn },
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    ],
    [
      { EventSourceArn: tableArn, StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: new Date() },
      `Unsupported starting position for arn type: ${tableArn}`,
    ],
    [{ EventSourceArn: queueArn, StartingPosition: "LATEST" }, "StartingPosition is not valid for SQS event sources."],
    [
      { EventSourceArn: arnOf("sqs", "nowhere") },
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
    ],
    [
      { ...stream, EventSourceArn: arnOf("kinesis", "stream/nowhere") },
      `Stream not found: ${arnOf("kinesis", "stream/nowhere")}`,
    ],
    [
      { EventSourceArn: queueArn, BatchSize: 11 },
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    ],
    [
      { EventSourceArn: fifoArn, MaximumBatchingWindowInSeconds: 1 },
      "Batching window is not supported for FIFO queues.",
    ],
    [
      { EventSourceArn: queueArn, FilterCriteria: { Filters: [{ Pattern: '{"body":"x"}' }] } },
      "Invalid filter pattern definition.",
    ],
    [
      { EventSourceArn: queueArn, DestinationConfig: { OnFailure: { Destination: queueArn } } },
      "Unsupported DestinationConfig parameter for given event source mapping type.",
    ],
    [
      { ...stream, ScalingConfig: { MaximumConcurrency: 2 } },
      "Unsupported ScalingConfig parameter for given event source mapping type.",
    ],
    [{ ...stream, MaximumRecordAgeInSeconds: 59 }, "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."],
    [
      { ...stream, DestinationConfig: { OnFailure: { Destination: arnOf("sqs", "nowhere") } } },
      `The destination ARN ${arnOf("sqs", "nowhere")} is invalid.`,
    ],
    [
      { ...stream, DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::nowhere" } } },
      "The destination ARN arn:aws:s3:::nowhere is invalid.",
    ],
    [
      { ...stream, TumblingWindowInSeconds: 30, ParallelizationFactor: 2 },
      "TumblingWindowInSeconds with a ParallelizationFactor above 1 is not implemented by this server yet",
      "NotImplementedException",
    ],
    [
      { EventSourceArn: arnOf("kafka", "cluster/c/1") },
      `Amazon MSK as an event source (${arnOf("kafka", "cluster/c/1")}) is not implemented by this server yet`,
      "NotImplementedException",
    ],
    [
      { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["kafka:9092"] } } },
      "SelfManagedEventSource (self-managed Apache Kafka as an event source) is not implemented by this server yet",
      "NotImplementedException",
    ],
  ];

  test.each(cases.map(([input, message, name = invalid]) => ({ input, message, name })))("$input", async (one) => {
    const { input, message, name } = one;
    const rig = await rigOf();
    await expect(rig.create(input)).rejects.toMatchObject({ name, message });
  });

  const doubles: readonly (readonly [Create, string])[] = [
    [
      { EventSourceArn: queueArn },
      `An event source mapping with SQS arn (" ${queueArn} ") and function (" f ") already exists. Please update or delete the existing mapping with UUID `,
    ],
    [
      stream,
      `The event source arn (" ${streamArn} ") and function (" f ") provided mapping already exists. Please update or delete the existing mapping with UUID `,
    ],
  ];

  test.each(doubles)("when there is the same one already: %j", async (input, message) => {
    const rig = await rigOf();
    const { UUID } = await rig.create(input);
    await expect(rig.create(input)).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: `${message}${UUID}`,
    });
  });

  test("when the queue hides its messages for less time than the function may take", async () => {
    const rig = await rigOf();
    await makeFunction(rig, { FunctionName: "slow", Timeout: 60 });
    await expect(rig.create({ FunctionName: "slow", EventSourceArn: queueArn })).rejects.toThrow(
      "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    );
  });

  test("by a service that was made without event sources, with what it needs", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    await expect(
      rig.client.send(new aws.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queueArn })),
    ).rejects.toThrow("this service was made without event sources");
  });
});
