import {
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { fillingRecords } from "@fc/core/conformance";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

const minute = 60_000;

function send(rig: Harness, Payload = "1"): Promise<{ StatusCode?: number | undefined }> {
  return rig.client.send(new InvokeCommand({ FunctionName: "f", InvocationType: "Event", Payload }));
}

async function left(rig: Harness): Promise<number> {
  return (await rig.lambda.health()).events;
}

describe("asynchronous invocations", () => {
  test("an event is accepted at once with 202 and runs", async () => {
    const seen: unknown[] = [];
    const rig = lambdaHarness({ handlers: { f: (event) => seen.push(event) } });
    await makeFunction(rig);
    expect((await send(rig, '{"a":1}')).StatusCode).toBe(202);
    await rig.settle();
    expect([seen, await left(rig)]).toEqual([[{ a: 1 }], 0]);
  });

  test("a function error is retried after one and after two more minutes with the same request id, then dropped", async () => {
    const runs: { at: number; id: string }[] = [];
    const rig = lambdaHarness({
      handlers: {
        f: (_event, context) => {
          runs.push({ at: (rig.clock.now() - start) / minute, id: context.requestId });
          throw new Error("no");
        },
      },
    });
    await makeFunction(rig);
    const start = rig.clock.now();
    await send(rig);
    await rig.settle();
    for (let passed = 0; passed < 10; passed += 1) {
      await rig.clock.advance(minute);
      await rig.settle();
    }
    expect(runs.map((run) => run.at)).toEqual([0, 1, 3]);
    expect(new Set(runs.map((run) => run.id)).size).toBe(1);
    expect(await left(rig)).toBe(0);
  });

  test("an event that ends while the disk is full ran once, and is done when there is space; none is accepted meanwhile", async () => {
    const records = fillingRecords();
    let runs = 0;
    const rig = lambdaHarness({
      records,
      handlers: {
        f: () => {
          runs += 1;
          records.isFull = true;
        },
      },
    });
    await makeFunction(rig);
    await send(rig);
    await rig.settle();
    await expect(send(rig)).rejects.toMatchObject({
      name: "ServiceException",
      message: expect.stringContaining("FC_STORAGE_FULL: the disk is full"),
    });
    await rig.clock.advance(minute);
    expect([runs, await left(rig)]).toEqual([1, 1]);
    records.isFull = false;
    await rig.clock.advance(minute);
    await rig.settle();
    expect([runs, await left(rig)]).toEqual([1, 0]);
  });

  test("a service that stops while the disk is full leaves its events to the next", async () => {
    const records = fillingRecords();
    const fill = (): void => {
      records.isFull = true;
    };
    const rig = lambdaHarness({ records, handlers: { f: fill } });
    await makeFunction(rig);
    await send(rig);
    await rig.settle();
    await rig.lambda[Symbol.asyncDispose]();
    expect(records.collection("lambda.events").list()).toHaveLength(1);
  });

  test("the age of the oldest is known, also to the process that takes it up", async () => {
    const rig = lambdaHarness({ handlers: { f: () => Promise.reject(new Error("no")) } });
    await makeFunction(rig);
    expect(rig.lambda.queues()).toMatchObject({ events: 0, oldestEventAgeMs: 0 });
    await send(rig);
    await rig.clock.advance(30_000);
    await send(rig);
    expect(rig.lambda.queues()).toMatchObject({ events: 2, oldestEventAgeMs: 30_000 });
    const next = lambdaHarness({ clock: rig.clock, records: rig.records, memoryBlobs: rig.blobs });
    await next.lambda.recover();
    expect(next.lambda.queues()).toMatchObject({ events: 2, oldestEventAgeMs: 30_000 });
  });

  test("the function's own retry setting counts", async () => {
    let runs = 0;
    const rig = lambdaHarness({
      handlers: {
        f: () => {
          runs += 1;
          throw new Error("no");
        },
      },
    });
    await makeFunction(rig);
    await rig.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", MaximumRetryAttempts: 0 }));
    await send(rig);
    await rig.settle();
    expect([runs, await left(rig)]).toEqual([1, 0]);
  });

  test("a throttled event stays queued until there is room", async () => {
    let runs = 0;
    const rig = lambdaHarness({ handlers: { f: () => (runs += 1) } });
    await makeFunction(rig);
    const reserve = (ReservedConcurrentExecutions: number): Promise<unknown> =>
      rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions }));
    await reserve(0);
    expect((await send(rig)).StatusCode).toBe(202);
    await rig.clock.advance(10 * minute);
    expect([runs, await left(rig)]).toEqual([0, 1]);
    await reserve(1);
    await rig.clock.advance(5 * minute);
    await rig.settle();
    expect([runs, await left(rig)]).toEqual([1, 0]);
  });

  test("an event that cannot run is dropped when it is older than six hours", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 0 }));
    await send(rig);
    for (let passed = 0; passed < 73; passed += 1) {
      await rig.clock.advance(5 * minute);
      await rig.settle();
    }
    expect(await left(rig)).toBe(0);
  });

  test("an accepted event survives a restart", async () => {
    const first = lambdaHarness({ onLaunch: () => "launch-failed" });
    await makeFunction(first);
    await send(first, '"kept"');
    await first.settle();
    await first.lambda[Symbol.asyncDispose]();
    const seen: unknown[] = [];
    const { records, blobs, clock } = first;
    const second = lambdaHarness({ records, memoryBlobs: blobs, clock, handlers: { f: (event) => seen.push(event) } });
    await second.lambda.recover();
    await clock.advance(minute);
    await second.settle();
    expect([seen, await left(second)]).toEqual([["kept"], 0]);
  });

  test("an event that waits for its retry keeps its time and what it has used up over a restart", async () => {
    const runs: number[] = [];
    const f = (): never => {
      runs.push((first.clock.now() - start) / minute);
      throw new Error("no");
    };
    const first = lambdaHarness({ handlers: { f } });
    const start = first.clock.now();
    await makeFunction(first);
    await send(first);
    await first.settle();
    const { records, blobs, clock } = first;
    await clock.advance(minute / 2);
    await first.lambda[Symbol.asyncDispose]();
    const second = lambdaHarness({ records, memoryBlobs: blobs, clock, handlers: { f } });
    await second.lambda.recover();
    for (let passed = 0; passed < 10; passed += 1) {
      await clock.advance(minute / 2);
      await second.settle();
    }
    expect([runs, await left(second)]).toEqual([[0, 1, 3], 0]);
  });

  test("a run that ends with the service is not counted: the next process runs the event again", async () => {
    const first = lambdaHarness({ handlers: { f: () => new Promise(() => undefined) } });
    await makeFunction(first);
    await first.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", MaximumRetryAttempts: 0 }));
    await send(first);
    await first.settle();
    await first.lambda[Symbol.asyncDispose]();
    const seen: unknown[] = [];
    const { records, blobs, clock } = first;
    const second = lambdaHarness({ records, memoryBlobs: blobs, clock, handlers: { f: (event) => seen.push(event) } });
    await second.lambda.recover();
    await second.settle();
    expect(seen).toEqual([1]);
  });
});
