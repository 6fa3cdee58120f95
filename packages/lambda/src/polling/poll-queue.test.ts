import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { ManualClock } from "@fc/core";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { type MemoryFunction, type MemoryQueue, memoryEventSources, memoryQueue } from "../testing/index.ts";

const arn = "arn:aws:sqs:us-east-1:000000000000:q";
const fifoArn = `${arn}.fifo`;

interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Record<string, string>;
  }[];
}

interface Rig extends Harness {
  readonly queue: MemoryQueue;
  readonly id: string;
  /** The bodies of every batch that the function got. */
  readonly batches: string[][];
}

/** A function on a queue. What `handler` gives or throws is the function's answer. */
async function rigOf(
  options: Partial<CreateEventSourceMappingCommandInput> = {},
  handler: (event: SqsEvent) => unknown = () => undefined,
): Promise<Rig> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const queue = memoryQueue({ clock });
  const batches: string[][] = [];
  const f: MemoryFunction = (event) => {
    batches.push((event as SqsEvent).Records.map(({ body }) => body));
    return handler(event as SqsEvent);
  };
  const eventSources = memoryEventSources({ queues: { [arn]: queue, [fifoArn]: queue } });
  const rig = lambdaHarness({ clock, eventSources, handlers: { f } });
  await makeFunction(rig);
  const { UUID = "" } = await rig.client.send(
    new CreateEventSourceMappingCommand({ FunctionName: "f", EventSourceArn: arn, ...options }),
  );
  await rig.settle();
  return { ...rig, queue, batches, id: UUID };
}

async function shown(rig: Rig): Promise<{ State?: string | undefined; LastProcessingResult?: string | undefined }> {
  return await rig.client.send(new GetEventSourceMappingCommand({ UUID: rig.id }));
}

describe("a function on a queue", () => {
  test("gets the messages as AWS sends them, and they are deleted", async () => {
    let seen: unknown;
    const rig = await rigOf({}, (event) => {
      seen = event;
    });
    const messageId = rig.queue.send("hello");
    await rig.settle();
    expect(rig.queue.bodies).toEqual([]);
    expect(seen).toEqual({
      Records: [
        {
          messageId,
          receiptHandle: expect.any(String),
          body: "hello",
          attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: "1767225600000",
            SenderId: "memory",
            ApproximateFirstReceiveTimestamp: "1767225600000",
          },
          messageAttributes: {},
          md5OfBody: "5d41402abc4b2a76b9719d911017c592",
          eventSource: "aws:sqs",
          eventSourceARN: arn,
          awsRegion: "us-east-1",
        },
      ],
    });
  });

  test("that fails sees its messages again after the visibility timeout, not before", async () => {
    let calls = 0;
    const rig = await rigOf({}, () => {
      calls += 1;
      if (calls === 1) throw new Error("no");
    });
    rig.queue.send("a");
    await rig.settle();
    expect(await shown(rig)).toMatchObject({ LastProcessingResult: "PROBLEM: Function call failed" });
    await rig.clock.advance(29_000);
    expect(calls).toBe(1);
    await rig.clock.advance(1_000);
    await rig.settle();
    expect([calls, rig.queue.bodies]).toEqual([2, []]);
    // AWS shows no result for queues; problems are shown because users look for them there.
    expect(await shown(rig)).not.toHaveProperty("LastProcessingResult");
  });

  test("reports the items that failed: only they come again", async () => {
    const rig = await rigOf(
      { FunctionResponseTypes: ["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds: 1 },
      (event) => ({
        batchItemFailures: event.Records.filter(
          ({ body, attributes }) => body === "bad" && attributes["ApproximateReceiveCount"] === "1",
        ).map(({ messageId }) => ({ itemIdentifier: messageId })),
      }),
    );
    for (const body of ["good", "bad", "fine"]) rig.queue.send(body);
    await rig.clock.advance(1_000);
    await rig.settle();
    expect(rig.queue.bodies).toEqual(["bad"]);
    await rig.clock.advance(31_000);
    await rig.settle();
    expect(rig.batches).toEqual([["good", "bad", "fine"], ["bad"]]);
    expect(rig.queue.bodies).toEqual([]);
  });

  test("gets a batch when it is full or its window is over, whichever comes first", async () => {
    const rig = await rigOf({ BatchSize: 3, MaximumBatchingWindowInSeconds: 10 });
    for (const body of ["a", "b"]) rig.queue.send(body);
    await rig.clock.advance(9_000);
    expect(rig.batches).toEqual([]);
    await rig.clock.advance(1_000);
    await rig.settle();
    expect(rig.batches).toEqual([["a", "b"]]);
    for (const body of ["c", "d", "e", "f"]) rig.queue.send(body);
    await rig.settle();
    expect(rig.batches).toEqual([
      ["a", "b"],
      ["c", "d", "e"],
    ]);
  });

  test("gets more than ten messages at once when the batch may be larger", async () => {
    const rig = await rigOf({ BatchSize: 25, MaximumBatchingWindowInSeconds: 5 });
    for (let n = 0; n < 25; n += 1) rig.queue.send(String(n));
    await rig.settle();
    expect(rig.batches.map(({ length }) => length)).toEqual([25]);
  });

  test("never gets more in one event than a payload holds", async () => {
    const rig = await rigOf({});
    for (let n = 0; n < 3; n += 1) rig.queue.send(`${n}${"x".repeat(2_500_000)}`);
    await rig.clock.advance(30_000);
    await rig.settle();
    expect(rig.batches.map((batch) => batch.map((body) => body[0]))).toEqual([["0", "1"], ["2"]]);
    expect(rig.queue.bodies).toEqual([]);
  });

  test("sees only what the filter lets pass; the rest is deleted", async () => {
    const Filters = [{ Pattern: JSON.stringify({ body: { kind: ["wanted"] } }) }];
    const rig = await rigOf({ FilterCriteria: { Filters } });
    for (const body of ['{"kind":"wanted"}', '{"kind":"other"}', "no json"]) rig.queue.send(body);
    await rig.settle();
    expect([rig.batches, rig.queue.bodies]).toEqual([[['{"kind":"wanted"}']], []]);
  });

  test("runs at most as many batches at once as ScalingConfig says", async () => {
    const open: (() => void)[] = [];
    const rig = await rigOf(
      { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } },
      () => new Promise<void>((resolve) => open.push(resolve)),
    );
    for (let n = 0; n < 4; n += 1) rig.queue.send(String(n));
    await rig.settle();
    expect(rig.batches.length).toBe(2);
    for (const end of open.splice(0)) end();
    await rig.settle();
    expect(rig.batches.length).toBe(4);
    for (const end of open.splice(0)) end();
    await rig.settle();
    expect(rig.queue.bodies).toEqual([]);
  });

  test("gets the messages of a FIFO group in order, also when one fails first", async () => {
    let failed = false;
    const rig = await rigOf({ EventSourceArn: fifoArn, BatchSize: 1 }, ({ Records: [record] }) => {
      if (record?.body !== "1a" || failed) return;
      failed = true;
      throw new Error("no");
    });
    for (const [body, group] of [
      ["1a", "1"],
      ["2a", "2"],
      ["1b", "1"],
      ["2b", "2"],
    ] as const)
      rig.queue.send(body, group);
    await rig.clock.advance(31_000);
    await rig.settle();
    expect(rig.batches.flat().filter((body) => body.startsWith("1"))).toEqual(["1a", "1a", "1b"]);
    expect(rig.batches.flat().filter((body) => body.startsWith("2"))).toEqual(["2a", "2b"]);
  });

  test("gets the messages of a FIFO group in order when they do not fit in one event and the first batch fails", async () => {
    let calls = 0;
    const rig = await rigOf({ EventSourceArn: fifoArn }, () => {
      calls += 1;
      if (calls === 1) throw new Error("no");
    });
    for (const n of [0, 1, 2]) rig.queue.send(`${n}${"x".repeat(2_500_000)}`, "group");
    await rig.clock.advance(62_000);
    await rig.settle();
    expect(rig.batches.map((batch) => batch.map((body) => body[0]))).toEqual([["0", "1"], ["0", "1"], ["2"]]);
  });

  test("that is throttled keeps its messages hidden and gets them later, once received", async () => {
    const counts: (string | undefined)[] = [];
    const rig = await rigOf({}, ({ Records: [record] }) => counts.push(record?.attributes["ApproximateReceiveCount"]));
    const reserve = (ReservedConcurrentExecutions: number): Promise<unknown> =>
      rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions }));
    await reserve(0);
    rig.queue.send("a");
    await rig.clock.advance(5_000);
    expect([counts, rig.queue.hidden]).toEqual([[], 1]);
    await reserve(1);
    await rig.clock.advance(10_000);
    await rig.settle();
    expect([counts, rig.queue.bodies]).toEqual([["1"], []]);
  });

  test("does not ask a queue that never waits more than once a second", async () => {
    const rig = await rigOf();
    let calls = 0;
    rig.queue.receive = () => {
      calls += 1;
      return Promise.resolve([]);
    };
    // The call that is under way still waits.
    await rig.clock.advance(20_000);
    await rig.clock.advance(5_000);
    expect(calls).toBeGreaterThan(3);
    expect(calls).toBeLessThan(8);
  });

  test("gets further messages after the queue could not be read, while an earlier batch still runs", async () => {
    const rig = await rigOf({ BatchSize: 1 }, ({ Records: [record] }) =>
      record?.body === "slow" ? new Promise(() => undefined) : undefined,
    );
    rig.queue.send("slow");
    await rig.settle();
    rig.queue.failure = new Error("connection refused");
    rig.queue.send("next");
    await rig.settle();
    rig.queue.failure = undefined;
    await rig.clock.advance(2_000);
    await rig.settle();
    expect([rig.batches, rig.queue.bodies]).toEqual([[["slow"], ["next"]], ["slow"]]);
  });

  test("shows a problem of the queue no longer than it lasts, also when no message comes", async () => {
    const rig = await rigOf();
    rig.queue.failure = new Error("connection refused");
    await rig.clock.advance(20_000);
    await rig.settle();
    expect(await shown(rig)).toMatchObject({ LastProcessingResult: "PROBLEM: connection refused" });
    rig.queue.failure = undefined;
    await rig.clock.advance(60_000);
    await rig.settle();
    expect(await shown(rig)).not.toHaveProperty("LastProcessingResult");
  });

  test("is polled again after the queue could not be read", async () => {
    const rig = await rigOf();
    rig.queue.failure = new Error("connection refused");
    rig.queue.send("a");
    await rig.settle();
    expect(await shown(rig)).toMatchObject({ LastProcessingResult: "PROBLEM: connection refused" });
    rig.queue.failure = undefined;
    await rig.clock.advance(30_000);
    await rig.settle();
    expect(rig.queue.bodies).toEqual([]);
  });
});

describe("a mapping that is disabled", () => {
  test("gives back what waits for its batch, and takes nothing until it is enabled", async () => {
    const rig = await rigOf({ BatchSize: 5, MaximumBatchingWindowInSeconds: 60 });
    rig.queue.send("a");
    await rig.settle();
    expect(rig.queue.hidden).toBe(1);
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID: rig.id, Enabled: false }));
    await rig.settle();
    expect([rig.queue.hidden, (await shown(rig)).State]).toEqual([0, "Disabled"]);
    await rig.clock.advance(300_000);
    expect(rig.batches).toEqual([]);
    await rig.client.send(
      new UpdateEventSourceMappingCommand({ UUID: rig.id, Enabled: true, MaximumBatchingWindowInSeconds: 0 }),
    );
    await rig.settle();
    expect([rig.batches, (await shown(rig)).State]).toEqual([[["a"]], "Enabled"]);
  });

  test("gives back what a throttled function has not seen", async () => {
    const rig = await rigOf();
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 0 }));
    rig.queue.send("a");
    await rig.settle();
    expect(rig.queue.hidden).toBe(1);
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID: rig.id, Enabled: false }));
    await rig.settle();
    expect([rig.queue.hidden, rig.queue.bodies]).toEqual([0, ["a"]]);
  });

  test("or deleted lets the batch that runs end first", async () => {
    let end = (): void => undefined;
    const rig = await rigOf({}, () => new Promise<void>((resolve) => (end = resolve)));
    rig.queue.send("a");
    await rig.settle();
    await rig.client.send(new DeleteEventSourceMappingCommand({ UUID: rig.id }));
    await rig.settle();
    expect((await shown(rig)).State).toBe("Deleting");
    end();
    await rig.settle();
    expect(rig.queue.bodies).toEqual([]);
    await expect(shown(rig)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
