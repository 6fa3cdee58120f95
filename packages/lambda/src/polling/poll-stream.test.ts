import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import type { ShardPosition } from "../event-sources/stream-source.ts";
import {
  type MemoryDestinations,
  type MemoryStream,
  memoryDestinations,
  memoryEventSources,
  memoryStream,
} from "../testing/index.ts";

const arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const queue = "arn:aws:sqs:us-east-1:000000000000:q";
const bucket = "arn:aws:s3:::b";

interface KinesisEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string; readonly sequenceNumber: string } }[];
}

interface Rig extends Harness {
  readonly stream: MemoryStream;
  readonly destinations: MemoryDestinations;
  readonly id: string;
  /** The data of every batch that the function got. */
  readonly batches: string[][];
}

interface RigOptions {
  readonly mapping?: Partial<CreateEventSourceMappingCommandInput>;
  /** Before the mapping is made. */
  readonly prepare?: (stream: MemoryStream, clock: ManualClock) => Promise<void> | void;
  readonly handler?: (data: string[], event: KinesisEvent) => unknown;
}

async function rigOf({ mapping = {}, prepare, handler = () => undefined }: RigOptions = {}): Promise<Rig> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const stream = memoryStream({ clock });
  const destinations = memoryDestinations([queue, bucket]);
  const batches: string[][] = [];
  const f = (event: unknown): unknown => {
    const data = (event as KinesisEvent).Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
    batches.push(data);
    return handler(data, event as KinesisEvent);
  };
  const eventSources = memoryEventSources({ streams: { [arn]: stream } });
  const rig = lambdaHarness({ clock, eventSources, destinations, handlers: { f } });
  await makeFunction(rig);
  await prepare?.(stream, clock);
  const { UUID = "" } = await rig.client.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "f",
      EventSourceArn: arn,
      StartingPosition: "TRIM_HORIZON",
      ...mapping,
    }),
  );
  await rig.settle();
  return { ...rig, stream, destinations, batches, id: UUID };
}

/** Lets `seconds` pass, one by one. */
async function pass(rig: Rig, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    await rig.clock.advance(1_000);
    await rig.settle();
  }
}

const putAll =
  (...data: string[]) =>
  (stream: MemoryStream): void => {
    for (const one of data) stream.put(one);
  };

function failOn(...poison: string[]): (data: string[]) => void {
  return (data) => {
    if (data.some((one) => poison.includes(one))) throw new Error("poison");
  };
}

describe("a function on a stream", () => {
  test("gets the records as AWS sends them", async () => {
    let seen: unknown;
    const rig = await rigOf({
      handler: (_data, event) => {
        seen = event;
      },
    });
    const sequenceNumber = rig.stream.put("hello", { partitionKey: "p" });
    await pass(rig, 1);
    expect(seen).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: "1.0",
            partitionKey: "p",
            sequenceNumber,
            data: "aGVsbG8=",
            approximateArrivalTimestamp: 1_767_225_600,
          },
          eventSource: "aws:kinesis",
          eventVersion: "1.0",
          eventID: `shard-0:${sequenceNumber}`,
          eventName: "aws:kinesis:record",
          invokeIdentityArn: "arn:aws:iam::000000000000:role/r",
          awsRegion: "us-east-1",
          eventSourceARN: arn,
        },
      ],
    });
    const shown = await rig.client.send(new GetEventSourceMappingCommand({ UUID: rig.id }));
    expect(shown).toMatchObject({ State: "Enabled", LastProcessingResult: "OK" });
  });

  test.each([
    ["TRIM_HORIZON", undefined, ["old", "recent", "new"]],
    ["AT_TIMESTAMP", new Date(Date.UTC(2026, 0, 1, 0, 1)), ["recent", "new"]],
    ["LATEST", undefined, ["new"]],
  ] as const)("that begins at %s", async (StartingPosition, StartingPositionTimestamp, expected) => {
    const rig = await rigOf({
      mapping: { StartingPosition, ...(StartingPositionTimestamp === undefined ? {} : { StartingPositionTimestamp }) },
      prepare: async (stream, clock) => {
        stream.put("old");
        await clock.advance(60_000);
        stream.put("recent");
      },
    });
    rig.stream.put("new");
    await pass(rig, 1);
    expect(rig.batches.flat()).toEqual(expected);
  });

  test("gets full batches, and what is left when the window is over", async () => {
    const rig = await rigOf({
      mapping: { BatchSize: 2, MaximumBatchingWindowInSeconds: 5 },
      prepare: putAll("a", "b", "c"),
    });
    expect(rig.batches).toEqual([["a", "b"]]);
    await pass(rig, 4);
    expect(rig.batches).toEqual([["a", "b"]]);
    await pass(rig, 1);
    expect(rig.batches).toEqual([["a", "b"], ["c"]]);
  });

  test("sees only what the filter lets pass, and never asks for the rest again", async () => {
    const rig = await rigOf({
      mapping: { FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["wanted"]},"partitionKey":["key"]}' }] } },
      prepare: putAll('{"kind":"wanted"}', '{"kind":"other"}', "no json"),
    });
    expect(rig.batches).toEqual([['{"kind":"wanted"}']]);
    const last = rig.stream.put('{"kind":"another"}');
    await pass(rig, 1);
    const open = rig.stream.openShard;
    const positions: ShardPosition[] = [];
    rig.stream.openShard = (shardId, position, options) => {
      positions.push(position);
      return open(shardId, position, options);
    };
    await restart(rig);
    expect(rig.batches.length).toBe(1);
    expect(positions).toEqual([{ from: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last }]);
  });

  test("goes on after its last record when it was disabled and enabled", async () => {
    const rig = await rigOf({ prepare: putAll("a", "b") });
    await restart(rig, () => rig.stream.put("c"));
    expect(rig.batches).toEqual([["a", "b"], ["c"]]);
  });

  test("that began at LATEST misses nothing while it is disabled", async () => {
    const rig = await rigOf({
      mapping: { StartingPosition: "LATEST" },
      prepare: async (stream, clock) => {
        stream.put("old");
        await clock.advance(1_000);
      },
    });
    await pass(rig, 2);
    await restart(rig, () => rig.stream.put("meanwhile"));
    expect(rig.batches).toEqual([["meanwhile"]]);
  });

  test("that is throttled gets its records later: that uses up no retries", async () => {
    const rig = await rigOf({ mapping: { MaximumRetryAttempts: 0 } });
    const reserve = (ReservedConcurrentExecutions: number): Promise<unknown> =>
      rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions }));
    await reserve(0);
    rig.stream.put("a");
    await pass(rig, 60);
    expect(rig.batches).toEqual([]);
    await reserve(1);
    await pass(rig, 31);
    expect(rig.batches).toEqual([["a"]]);
  });
});

/** Disables and enables the mapping. */
async function restart(rig: Rig, meanwhile: () => unknown = () => undefined): Promise<void> {
  for (const Enabled of [false, true]) {
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID: rig.id, Enabled }));
    await rig.settle();
    if (!Enabled) meanwhile();
  }
  await pass(rig, 2);
}

describe("a batch that fails", () => {
  test("is tried again before anything after it, until it succeeds", async () => {
    let calls = 0;
    const rig = await rigOf({
      mapping: { BatchSize: 2 },
      prepare: putAll("a", "b", "c"),
      handler: () => {
        calls += 1;
        if (calls < 4) throw new Error("no");
      },
    });
    await pass(rig, 10);
    expect(rig.batches).toEqual([["a", "b"], ["a", "b"], ["a", "b"], ["a", "b"], ["c"]]);
  });

  test("is halved until the poison record is found; its place goes to the destination", async () => {
    const rig = await rigOf({
      mapping: {
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: queue } },
      },
      prepare: putAll("a", "b", "poison", "d", "e"),
      handler: failOn("poison"),
    });
    await pass(rig, 5);
    expect(rig.batches).toEqual([
      ["a", "b", "poison", "d", "e"],
      ["a", "b", "poison"],
      ["a", "b"],
      ["poison"],
      ["poison"],
      ["d", "e"],
    ]);
    expect(rig.destinations.sent.map((one) => one.arn)).toEqual([queue]);
    expect(JSON.parse(rig.destinations.sent[0]?.message.body ?? "")).toEqual({
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: "2026-01-01T00:00:01.000Z",
      KinesisBatchInfo: {
        shardId: "shard-0",
        startSequenceNumber: "00000003",
        endSequenceNumber: "00000003",
        approximateArrivalOfFirstRecord: "2026-01-01T00:00:00.000Z",
        approximateArrivalOfLastRecord: "2026-01-01T00:00:00.000Z",
        batchSize: 1,
        streamArn: arn,
      },
    });
  });

  test("goes to a bucket with its records, which a queue does not get", async () => {
    const rig = await rigOf({
      mapping: { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: bucket } } },
      prepare: putAll("poison"),
      handler: failOn("poison"),
    });
    await pass(rig, 2);
    const { body = "", objectKey = "" } = rig.destinations.sent[0]?.message ?? {};
    expect(objectKey.slice(0, objectKey.length - 36)).toBe(
      `aws/lambda/${rig.id}/shard-0/2026/01/01/2026-01-01T00.00.00-`,
    );
    const record = JSON.parse(body) as { readonly payload: string };
    expect(record).toMatchObject({ KinesisBatchInfo: { batchSize: 1, startSequenceNumber: "00000001" } });
    expect(JSON.parse(record.payload)).toMatchObject({
      Records: [{ eventID: "shard-0:00000001", kinesis: { data: Buffer.from("poison").toString("base64") } }],
    });
  });

  test("is tried again from the first record that the function reports", async () => {
    let reported = false;
    const rig = await rigOf({
      mapping: { FunctionResponseTypes: ["ReportBatchItemFailures"] },
      prepare: putAll("a", "b", "c"),
      handler: (data, event) => {
        const record = event.Records[data.indexOf("b")];
        if (reported || record === undefined) return undefined;
        reported = true;
        return { batchItemFailures: [{ itemIdentifier: record.kinesis.sequenceNumber }] };
      },
    });
    await pass(rig, 2);
    expect(rig.batches).toEqual([
      ["a", "b", "c"],
      ["b", "c"],
    ]);
  });

  test("without a destination is dropped when its retries are used up", async () => {
    const rig = await rigOf({
      mapping: { BatchSize: 1, MaximumRetryAttempts: 0 },
      prepare: putAll("poison", "b"),
      handler: failOn("poison"),
    });
    await pass(rig, 1);
    expect(rig.batches).toEqual([["poison"], ["b"]]);
  });

  test("is given up when it is too old", async () => {
    const rig = await rigOf({
      mapping: { MaximumRecordAgeInSeconds: 60, DestinationConfig: { OnFailure: { Destination: queue } } },
      prepare: putAll("poison"),
      handler: failOn("poison"),
    });
    await pass(rig, 70);
    rig.stream.put("b");
    await pass(rig, 30);
    expect(rig.batches.at(-1)).toEqual(["b"]);
    expect(JSON.parse(rig.destinations.sent[0]?.message.body ?? "")).toMatchObject({
      requestContext: { condition: "RecordAgeExceeded" },
      KinesisBatchInfo: { batchSize: 1, startSequenceNumber: "00000001" },
    });
  });
});

describe("shards", () => {
  test("that came from another are read after it", async () => {
    const open: (() => void)[] = [];
    const rig = await rigOf({
      prepare: (stream) => {
        stream.put("parent");
        const [left, right] = stream.split("shard-0", 2);
        stream.put("left", { shardId: left ?? "" });
        stream.put("right", { shardId: right ?? "" });
      },
      handler: (data) => (data[0] === "parent" ? new Promise<void>((resolve) => open.push(resolve)) : undefined),
    });
    await pass(rig, 30);
    expect(rig.batches).toEqual([["parent"]]);
    for (const end of open) end();
    await pass(rig, 1);
    expect(rig.batches.slice(1).flat().sort()).toEqual(["left", "right"]);
  });

  test("that open later are read from their beginning, also when the mapping began at LATEST", async () => {
    const rig = await rigOf({ mapping: { StartingPosition: "LATEST" } });
    const [child = ""] = rig.stream.split("shard-0", 1);
    rig.stream.put("first of the child", { shardId: child });
    await pass(rig, 12);
    expect(rig.batches).toEqual([["first of the child"]]);
  });

  test("with a parallelisation factor run several batches, in order for each partition key", async () => {
    const open: (() => void)[] = [];
    const rig = await rigOf({
      mapping: { BatchSize: 1, ParallelizationFactor: 10 },
      prepare: (stream) => {
        for (const data of ["a1", "b1", "a2", "b2"]) stream.put(data, { partitionKey: data.charAt(0) });
      },
      handler: () => new Promise<void>((resolve) => open.push(resolve)),
    });
    expect(rig.batches.flat().sort()).toEqual(["a1", "b1"]);
    for (const end of open.splice(0)) end();
    await rig.settle();
    expect(rig.batches.flat().slice(2).sort()).toEqual(["a2", "b2"]);
    for (const end of open.splice(0)) end();
    await rig.settle();
  });

  test("of which a later record is done first begin again before the one that is not", async () => {
    const rig = await rigOf({
      mapping: { BatchSize: 1, ParallelizationFactor: 10 },
      prepare: (stream) => {
        for (const data of ["a1", "b1"]) stream.put(data, { partitionKey: data.charAt(0) });
      },
      handler: failOn("a1"),
    });
    await restart(rig);
    expect(rig.batches.flat().filter((data) => data === "b1").length).toBe(2);
  });

  test("that cannot be read for a while are read on when they can", async () => {
    const rig = await rigOf();
    rig.stream.failure = new Error("connection refused");
    rig.stream.put("a");
    await pass(rig, 15);
    expect(await rig.client.send(new GetEventSourceMappingCommand({ UUID: rig.id }))).toMatchObject({
      LastProcessingResult: "PROBLEM: connection refused",
    });
    rig.stream.failure = undefined;
    await pass(rig, 31);
    expect(rig.batches).toEqual([["a"]]);
  });
});

test("a batch that ends with the service has used up no retry", async () => {
  const first = await rigOf({
    mapping: { MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: queue } } },
    prepare: putAll("a"),
    handler: () => new Promise(() => undefined),
  });
  expect(first.batches).toEqual([["a"]]);
  await first.lambda[Symbol.asyncDispose]();
  const { records, blobs, clock, stream, destinations } = first;
  const seen: unknown[] = [];
  const eventSources = memoryEventSources({ streams: { [arn]: stream } });
  const f = (event: unknown): unknown => seen.push(event);
  const second = lambdaHarness({ records, memoryBlobs: blobs, clock, eventSources, handlers: { f } });
  await second.lambda.recover();
  await second.settle();
  expect([seen.length, destinations.sent]).toEqual([1, []]);
  await second.lambda[Symbol.asyncDispose]();
});

test("a restarted service goes on from the checkpoints in the record store", async () => {
  const first = await rigOf({ prepare: putAll("a") });
  await pass(first, 1);
  await first.lambda[Symbol.asyncDispose]();
  first.stream.put("b");
  const { records, blobs, clock, stream } = first;
  const seen: string[] = [];
  const f = (event: unknown): void => {
    for (const { kinesis } of (event as KinesisEvent).Records)
      seen.push(Buffer.from(kinesis.data, "base64").toString());
  };
  const eventSources = memoryEventSources({ streams: { [arn]: stream } });
  const second = lambdaHarness({ records, memoryBlobs: blobs, clock, eventSources, handlers: { f } });
  await second.lambda.recover();
  await clock.advance(1_000);
  await second.settle();
  expect(seen).toEqual(["b"]);
  await second.lambda[Symbol.asyncDispose]();
});
