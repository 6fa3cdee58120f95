import {
  CreateAliasCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  ListFunctionEventInvokeConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, type HarnessOptions, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";
import { type MemoryDestinations, memoryDestinations } from "../testing/index.ts";

const minute = 60_000;
const queue = "arn:aws:sqs:us-east-1:000000000000:q";
const topic = "arn:aws:sns:us-east-1:000000000000:t";
const bus = "arn:aws:events:us-east-1:000000000000:event-bus/default";
const bucket = "arn:aws:s3:::bucket";
const f = "arn:aws:lambda:us-east-1:000000000000:function:f";

interface Rig extends Harness {
  readonly destinations: MemoryDestinations;
  readonly put: (DestinationConfig: object) => Promise<unknown>;
}

async function rigOf(options: HarnessOptions = {}): Promise<Rig> {
  const destinations = memoryDestinations([queue, topic, bus, bucket]);
  const rig = lambdaHarness({ destinations, ...options });
  await makeFunction(rig);
  const put = (DestinationConfig: object): Promise<unknown> =>
    rig.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", DestinationConfig }));
  return { ...rig, destinations, put };
}

const failing = {
  f: () => {
    throw new TypeError("no");
  },
};

async function send(rig: Rig, Payload = '{"a":1}', FunctionName = "f"): Promise<string | undefined> {
  const answer = await rig.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  await rig.settle();
  return answer.$metadata.requestId;
}

async function pass(rig: Rig, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    await rig.clock.advance(minute);
    await rig.settle();
  }
}

describe("what came of an asynchronous event", () => {
  test("goes to the destination for success, in AWS's record", async () => {
    const rig = await rigOf({ handlers: { f: () => ({ done: true }) } });
    await rig.put({ OnSuccess: { Destination: queue }, OnFailure: { Destination: topic } });
    const requestId = await send(rig);
    expect(rig.destinations.sent.map(({ arn }) => arn)).toEqual([queue]);
    expect(JSON.parse(rig.destinations.sent[0]?.message.body ?? "")).toEqual({
      version: "1.0",
      timestamp: "2026-01-01T00:00:00.000Z",
      requestContext: {
        requestId,
        functionArn: `${f}:$LATEST`,
        condition: "Success",
        approximateInvokeCount: 1,
      },
      requestPayload: { a: 1 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: { done: true },
    });
  });

  test("goes to the destination for failure when its retries are used up", async () => {
    const rig = await rigOf({ handlers: failing });
    await rig.put({ OnFailure: { Destination: topic } });
    await send(rig);
    expect(rig.destinations.sent).toEqual([]);
    await pass(rig, 3);
    expect(rig.destinations.sent.map(({ arn }) => arn)).toEqual([topic]);
    expect(JSON.parse(rig.destinations.sent[0]?.message.body ?? "")).toMatchObject({
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorType: "TypeError", errorMessage: "no" },
    });
  });

  test("that failed becomes an object of a bucket, named for the function and the time", async () => {
    const rig = await rigOf({ handlers: failing });
    await rig.put({ OnFailure: { Destination: bucket } });
    await send(rig);
    await pass(rig, 3);
    expect(rig.destinations.sent.map(({ arn }) => arn)).toEqual([bucket]);
    const { body = "", objectKey } = rig.destinations.sent[0]?.message ?? {};
    expect(objectKey).toMatch(/^aws\/lambda\/async\/f\/2026\/01\/01\/2026-01-01T00\.03\.00-[0-9a-f-]{36}$/);
    expect(JSON.parse(body)).toMatchObject({
      requestContext: { condition: "RetriesExhausted" },
      requestPayload: { a: 1 },
    });
  });

  test("says that the event was too old, without a response, when it never ran", async () => {
    const rig = await rigOf();
    const DestinationConfig = { OnFailure: { Destination: queue } };
    await rig.client.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", DestinationConfig, MaximumEventAgeInSeconds: 60 }),
    );
    await rig.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 0 }));
    await send(rig);
    await pass(rig, 3);
    const record = JSON.parse(rig.destinations.sent[0]?.message.body ?? "") as Record<string, unknown>;
    expect(record).toMatchObject({ requestContext: { condition: "EventAgeExceeded", approximateInvokeCount: 0 } });
    expect(record).not.toHaveProperty("responseContext");
  });

  test("goes to EventBridge with source, detail type and resources", async () => {
    const rig = await rigOf();
    await rig.put({ OnSuccess: { Destination: bus } });
    await send(rig);
    expect(rig.destinations.sent[0]?.message.event).toEqual({
      source: "lambda",
      detailType: "Lambda Function Invocation Result - Success",
      resources: [`${f}:$LATEST`, bus],
    });
  });

  test("goes to another function as its event", async () => {
    const seen: unknown[] = [];
    const rig = await rigOf({ handlers: { f: () => 1, g: (event) => seen.push(event) } });
    await makeFunction(rig, { FunctionName: "g" });
    await rig.put({ OnSuccess: { Destination: f.replace(/f$/, "g") } });
    await send(rig);
    expect(seen).toMatchObject([{ requestContext: { condition: "Success" }, responsePayload: 1 }]);
  });

  test("goes to the version that the alias of the destination means", async () => {
    const seen: unknown[] = [];
    const rig = await rigOf({ handlers: { f: () => 1, g: (_event, { spec }) => seen.push(spec.version) } });
    await makeFunction(rig, { FunctionName: "g" });
    await rig.client.send(new PublishVersionCommand({ FunctionName: "g" }));
    await rig.client.send(new CreateAliasCommand({ FunctionName: "g", Name: "live", FunctionVersion: "1" }));
    await rig.put({ OnSuccess: { Destination: `${f.replace(/f$/, "g")}:live` } });
    await send(rig);
    expect(seen).toEqual(["1"]);
  });

  test("follows the configuration of the alias by which the function was invoked", async () => {
    const rig = await rigOf();
    await rig.client.send(new PublishVersionCommand({ FunctionName: "f" }));
    await rig.client.send(new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }));
    const DestinationConfig = { OnSuccess: { Destination: queue } };
    await rig.client.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", Qualifier: "live", DestinationConfig }),
    );
    await send(rig);
    expect(rig.destinations.sent).toEqual([]);
    await send(rig, "1", "f:live");
    expect(JSON.parse(rig.destinations.sent[0]?.message.body ?? "")).toMatchObject({
      requestContext: { functionArn: `${f}:live` },
      responseContext: { executedVersion: "1" },
    });
  });

  test("is kept until the destination takes it, also over a restart", async () => {
    const rig = await rigOf();
    await rig.put({ OnSuccess: { Destination: queue } });
    rig.destinations.failure = new Error("connection refused");
    await send(rig);
    await pass(rig, 1);
    expect(await rig.lambda.health()).toMatchObject({ events: 0, deliveries: 1, failedDeliveries: 0 });
    await rig.lambda[Symbol.asyncDispose]();
    const { records, blobs, clock } = rig;
    const destinations = memoryDestinations([queue]);
    const second = lambdaHarness({ records, memoryBlobs: blobs, clock, destinations });
    await second.lambda.recover();
    await clock.advance(5 * minute);
    await second.settle();
    expect([destinations.sent.length, (await second.lambda.health()).deliveries]).toEqual([1, 0]);
  });

  test("is counted as failed when the destination does not take it for six hours", async () => {
    const rig = await rigOf();
    await rig.put({ OnSuccess: { Destination: queue } });
    rig.destinations.failure = new Error("connection refused");
    await send(rig);
    await pass(rig, 6 * 60 + 6);
    expect(await rig.lambda.health()).toMatchObject({ deliveries: 0, failedDeliveries: 1 });
  });
});

test("at most fifty messages are sent at once", async () => {
  const rig = await rigOf();
  await rig.put({ OnSuccess: { Destination: queue } });
  const open: (() => void)[] = [];
  rig.destinations.send = () => new Promise((resolve) => open.push(resolve));
  for (let n = 0; n < 60; n += 1) await send(rig);
  expect(open.length).toBe(50);
  for (const end of open.splice(0)) end();
  await rig.settle();
  expect(open.length).toBe(10);
  for (const end of open) end();
  await rig.settle();
  expect((await rig.lambda.health()).deliveries).toBe(0);
});

describe("a message that a destination will never take", () => {
  test("is not tried again, and is counted as failed", async () => {
    const rig = await rigOf();
    await rig.put({ OnSuccess: { Destination: queue } });
    rig.destinations.failure = new EventSourceError("FC_EVENT_SOURCE_FAILED", "The message is too long");
    await send(rig);
    expect(await rig.lambda.health()).toMatchObject({ deliveries: 0, failedDeliveries: 1 });
  });
});

describe("a dead-letter queue", () => {
  test("gets the event that failed, with what went wrong in attributes", async () => {
    const rig = await rigOf({ handlers: failing });
    const DeadLetterConfig = { TargetArn: queue };
    await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", DeadLetterConfig }));
    expect(await rig.client.send(new GetFunctionConfigurationCommand({ FunctionName: "f" }))).toMatchObject({
      DeadLetterConfig,
    });
    await rig.settle();
    const requestId = await send(rig, '{"b":2}');
    await pass(rig, 3);
    expect(rig.destinations.sent).toEqual([
      {
        arn: queue,
        message: {
          body: '{"b":2}',
          attributes: {
            RequestID: { type: "String", value: requestId },
            ErrorCode: { type: "Number", value: "200" },
            ErrorMessage: { type: "String", value: "no" },
          },
        },
      },
    ]);
  });

  test("that is not there is refused when it is configured", async () => {
    const rig = await rigOf();
    const update = (TargetArn: string): Promise<unknown> =>
      rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", DeadLetterConfig: { TargetArn } }));
    await expect(update(`${queue}2`)).rejects.toThrow(`The destination ARN ${queue}2 is invalid.`);
    await expect(update(bus)).rejects.toThrow("is not a standard SQS queue or SNS topic");
  });
});

describe("the configuration of destinations", () => {
  test("is shown, changed one at a time, and taken away with an empty ARN", async () => {
    const rig = await rigOf();
    await rig.put({ OnSuccess: { Destination: queue } });
    const update = (DestinationConfig: object): Promise<unknown> =>
      rig.client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName: "f", DestinationConfig }));
    await update({ OnFailure: { Destination: topic } });
    const show = async (): Promise<unknown> =>
      (await rig.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: "f" }))).DestinationConfig;
    expect(await show()).toEqual({ OnSuccess: { Destination: queue }, OnFailure: { Destination: topic } });
    await update({ OnSuccess: { Destination: "" } });
    expect(await show()).toEqual({ OnSuccess: {}, OnFailure: { Destination: topic } });
  });

  test("is listed for the function and for its alias", async () => {
    const rig = await rigOf();
    await rig.put({ OnSuccess: { Destination: queue } });
    await rig.client.send(new PublishVersionCommand({ FunctionName: "f" }));
    await rig.client.send(new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }));
    const ofAlias = { FunctionName: "f", Qualifier: "live", MaximumRetryAttempts: 1 };
    await rig.client.send(new PutFunctionEventInvokeConfigCommand(ofAlias));
    const listed = await rig.client.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: "f" }));
    const arns = listed.FunctionEventInvokeConfigs?.map(({ FunctionArn }) => FunctionArn);
    expect(arns?.toSorted()).toEqual([`${f}:$LATEST`, `${f}:live`]);
  });

  test.each([
    [`${f}9`, `The destination ARN ${f}9 is invalid.`],
    [f, "You can't specify the function as a destination for itself."],
    [`${queue}9`, `The destination ARN ${queue}9 is invalid.`],
    [
      "arn:aws:iam:us-east-1:000000000000:function:f",
      "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam:us-east-1:000000000000:function:f), onFailure=null) is invalid.",
    ],
    [
      bucket,
      `The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=${bucket}), onFailure=null) is invalid.`,
    ],
  ])("refuses %s", async (Destination, message) => {
    const rig = await rigOf();
    await expect(rig.put({ OnSuccess: { Destination } })).rejects.toThrow(message);
  });

  test("refuses what a service without destinations could never send", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    const DestinationConfig = { OnFailure: { Destination: queue } };
    await expect(
      rig.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", DestinationConfig })),
    ).rejects.toThrow("this service was made without destinations");
  });
});
