import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { createMemoryRecordStore, ManualClock, type RecordStore } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import {
  createMemoryBlobStore,
  type MemoryBlobStore,
  type MemoryStream,
  memoryEventSources,
  memoryStream,
} from "../testing/index.ts";

const arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

interface WindowEvent {
  readonly Records: readonly { readonly kinesis: { readonly data: string; readonly sequenceNumber: string } }[];
  readonly window: { readonly start: string; readonly end: string };
  readonly state: { readonly all?: string };
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

/** What the function sees of a call, in short: `records | state | end of the window`, with what kind of call it is. */
function shown({ Records, window, state, ...flags }: WindowEvent): string {
  const kind = flags.isFinalInvokeForWindow ? "final " : flags.isWindowTerminatedEarly ? "early " : "";
  const data = Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString()).join(",");
  return `${kind}${data} | ${state.all ?? "-"} | ${window.end.slice(14, 19)}`;
}

/** Adds the records to the state. */
function collect({ Records, state }: WindowEvent): unknown {
  const data = Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());
  return { state: { all: (state.all ?? "") + data.join("") } };
}

interface Rig extends Harness {
  readonly stream: MemoryStream;
  readonly events: WindowEvent[];
  readonly calls: string[];
  readonly id: string;
}

interface RigOptions {
  readonly mapping?: Partial<CreateEventSourceMappingCommandInput>;
  readonly handler?: (event: WindowEvent) => unknown;
}

interface Kept {
  readonly clock: ManualClock;
  readonly stream: MemoryStream;
  readonly records: RecordStore;
  readonly memoryBlobs: MemoryBlobStore;
}

function serverOf(kept: Kept, handler: (event: WindowEvent) => unknown): Omit<Rig, "id"> {
  const events: WindowEvent[] = [];
  const calls: string[] = [];
  const f = (event: unknown): unknown => {
    events.push(event as WindowEvent);
    // Without windows it is an event like any other.
    if (!("window" in (event as object))) return {};
    calls.push(shown(event as WindowEvent));
    return handler(event as WindowEvent);
  };
  const eventSources = memoryEventSources({ streams: { [arn]: kept.stream } });
  return { ...lambdaHarness({ ...kept, eventSources, handlers: { f } }), stream: kept.stream, events, calls };
}

/** A mapping with windows of 30 seconds. The clock says that it is midnight. */
async function rigOf({ mapping = {}, handler = collect }: RigOptions = {}, kept = fresh()): Promise<Rig> {
  const rig = serverOf(kept, handler);
  await makeFunction(rig);
  const { UUID = "" } = await rig.client.send(
    new CreateEventSourceMappingCommand({
      FunctionName: "f",
      EventSourceArn: arn,
      StartingPosition: "TRIM_HORIZON",
      TumblingWindowInSeconds: 30,
      ...mapping,
    }),
  );
  await rig.settle();
  return { ...rig, id: UUID };
}

function fresh(): Kept {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const records = createMemoryRecordStore();
  return { clock, stream: memoryStream({ clock }), records, memoryBlobs: createMemoryBlobStore() };
}

async function pass(rig: Pick<Rig, "clock" | "settle">, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    await rig.clock.advance(1_000);
    await rig.settle();
  }
}

describe("a tumbling window", () => {
  test("gathers state over its batches, and ends with a call of its own", async () => {
    const rig = await rigOf();
    rig.stream.put("a");
    await pass(rig, 10);
    rig.stream.put("b");
    await pass(rig, 24);
    expect(rig.calls).toEqual(["a | - | 00:30", "b | a | 00:30"]);
    await pass(rig, 3);
    expect(rig.calls.slice(2)).toEqual(["final  | ab | 00:30"]);
    rig.stream.put("c");
    await pass(rig, 60);
    expect(rig.calls.slice(3)).toEqual(["c | - | 01:00", "final  | c | 01:00"]);
    expect(rig.events[2]).toEqual({
      Records: [],
      window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:00:30Z" },
      state: { all: "ab" },
      shardId: "shard-0",
      eventSourceARN: arn,
      isFinalInvokeForWindow: true,
      isWindowTerminatedEarly: false,
    });
  });

  test("is over as soon as a record of a later one comes, and shares no batch with it", async () => {
    const kept = fresh();
    kept.stream.put("a");
    await kept.clock.advance(45_000);
    kept.stream.put("b");
    await kept.clock.advance(1_000);
    const rig = await rigOf({}, kept);
    expect(rig.calls).toEqual(["a | - | 00:30", "final  | a | 00:30", "b | - | 01:00"]);
  });

  test("does not wait for its batching window when it is over", async () => {
    const rig = await rigOf({ mapping: { MaximumBatchingWindowInSeconds: 300 } });
    rig.stream.put("a");
    await pass(rig, 40);
    expect(rig.calls).toEqual(["a | - | 00:30", "final  | a | 00:30"]);
  });

  test("needs an answer with state: another one is a failure, and uses up retries", async () => {
    const answers = [null, { state: "text" }, { other: 1 }];
    const rig = await rigOf({
      mapping: { MaximumRetryAttempts: 2 },
      handler: (event) => (event.Records.length > 0 && answers.length > 0 ? answers.shift() : collect(event)),
    });
    rig.stream.put("a");
    await pass(rig, 8);
    rig.stream.put("b");
    await pass(rig, 4);
    expect(rig.calls).toEqual(["a | - | 00:30", "a | - | 00:30", "a | - | 00:30", "b | - | 00:30"]);
  });

  test("keeps the state of records that were processed when others of the batch failed", async () => {
    let failed = false;
    const rig = await rigOf({
      mapping: { FunctionResponseTypes: ["ReportBatchItemFailures"] },
      handler: (event) => {
        const second = event.Records[1];
        if (failed || second === undefined) return collect(event);
        failed = true;
        const batchItemFailures = [{ itemIdentifier: second.kinesis.sequenceNumber }];
        return { state: { all: "a" }, batchItemFailures };
      },
    });
    rig.stream.put("a");
    rig.stream.put("b");
    await pass(rig, 4);
    expect(rig.calls).toEqual(["a,b | - | 00:30", "b | a | 00:30"]);
  });

  test("goes no further until its last call has worked", async () => {
    let failures = 3;
    const rig = await rigOf({
      mapping: { MaximumRetryAttempts: 0 },
      handler: (event) => {
        if (!event.isFinalInvokeForWindow || failures === 0) return collect(event);
        failures -= 1;
        throw new Error("no");
      },
    });
    rig.stream.put("a");
    await pass(rig, 35);
    rig.stream.put("b");
    await pass(rig, 20);
    const final = "final  | a | 00:30";
    expect(rig.calls).toEqual(["a | - | 00:30", final, final, final, final, "b | - | 01:00"]);
  });

  test("whose state has outgrown 1 MB is told so, and goes on with a fresh one", async () => {
    const large = "x".repeat(1_048_576);
    const rig = await rigOf({
      handler: (event) =>
        event.Records.length > 0 && event.state.all === "a" ? { state: { all: large } } : collect(event),
    });
    for (const one of ["a", "b", "c"]) {
      rig.stream.put(one);
      await pass(rig, 2);
    }
    expect(rig.calls.map((call) => call.replace(large, "large"))).toEqual([
      "a | - | 00:30",
      "b | a | 00:30",
      "early  | large | 00:30",
      "c | - | 00:30",
    ]);
  });

  test("goes on with its state in the next server", async () => {
    const kept = fresh();
    const first = await rigOf({}, kept);
    first.stream.put("a");
    await pass(first, 2);
    await first.lambda[Symbol.asyncDispose]();
    const next = serverOf(kept, collect);
    await next.lambda.recover();
    next.stream.put("b");
    await pass(next, 40);
    expect(next.calls).toEqual(["b | a | 00:30", "final  | ab | 00:30"]);
  });

  test("ends with its shard; those that follow begin with one of their own", async () => {
    const rig = await rigOf();
    rig.stream.put("a");
    await pass(rig, 2);
    rig.stream.split("shard-0", 1);
    rig.stream.put("b");
    await pass(rig, 12);
    expect(rig.calls).toEqual(["a | - | 00:30", "final  | a | 00:30", "b | - | 00:30"]);
  });

  test("can be set, changed and taken away, for streams that are read in one lane", async () => {
    const rig = await rigOf();
    const length = async (): Promise<number | undefined> =>
      (await rig.client.send(new GetEventSourceMappingCommand({ UUID: rig.id }))).TumblingWindowInSeconds;
    const update = (input: object): Promise<unknown> =>
      rig.client.send(new UpdateEventSourceMappingCommand({ UUID: rig.id, ...input })).finally(() => rig.settle());
    expect(await length()).toBe(30);
    await expect(update({ ParallelizationFactor: 2 })).rejects.toThrow(
      "TumblingWindowInSeconds with a ParallelizationFactor above 1 is not implemented",
    );
    await update({ TumblingWindowInSeconds: 900 });
    expect(await length()).toBe(900);
    await expect(update({ TumblingWindowInSeconds: 901 })).rejects.toMatchObject({ name: "ValidationException" });
    await update({ TumblingWindowInSeconds: 0, ParallelizationFactor: 2 });
    expect(await length()).toBe(0);
    rig.stream.put("a");
    await pass(rig, 2);
    expect(rig.events).toEqual([{ Records: [expect.anything()] }]);
  });
});
