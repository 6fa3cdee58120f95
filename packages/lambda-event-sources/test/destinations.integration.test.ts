import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  InvokeCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAwsDestinations } from "../src/index.ts";
import { account, makeFunction, type Rig, startRig } from "./support/rig.ts";

describe.skipIf(await lacksAwsEmulator())("results of asynchronous events", () => {
  let emulator: AwsEmulator;
  let sqs: SQSClient;
  let rig: Rig;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    sqs = new SQSClient(emulator.clientConfig);
    const settings = { endpoint: emulator.url };
    const handlers = {
      works: () => "fine",
      fails: () => {
        throw new TypeError("no");
      },
    };
    rig = await startRig(emulator, handlers, { destinations: createAwsDestinations(settings) });
    await makeFunction(rig, "works");
    await makeFunction(rig, "fails");
  });
  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    sqs?.destroy();
    await emulator?.[Symbol.asyncDispose]();
  });

  async function makeQueue(QueueName: string): Promise<{ arn: string; next: () => Promise<Message> }> {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const next = async (): Promise<Message> => {
      const { Messages: [message] = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ["All"] }),
      );
      if (message === undefined) throw new Error(`Nothing arrived in ${QueueName} within 20 s`);
      return message;
    };
    return { arn: `arn:aws:sqs:us-east-1:${account}:${QueueName}`, next };
  }

  const configure = (FunctionName: string, DestinationConfig: object): Promise<unknown> =>
    rig.client.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig, MaximumRetryAttempts: 0 }),
    );
  const invoke = (FunctionName: string): Promise<unknown> =>
    rig.client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload: '{"n":1}' }));

  test("arrive in a queue", async () => {
    const queue = await makeQueue("results");
    await configure("works", { OnSuccess: { Destination: queue.arn } });
    await invoke("works");
    expect(JSON.parse((await queue.next()).Body ?? "")).toMatchObject({
      requestContext: { condition: "Success", functionArn: expect.stringContaining(":function:works:$LATEST") },
      requestPayload: { n: 1 },
      responsePayload: "fine",
    });
  });

  test("arrive in a topic", async () => {
    const queue = await makeQueue("subscriber");
    const sns = new SNSClient(emulator.clientConfig);
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "results" }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue.arn }));
    await configure("fails", { OnFailure: { Destination: TopicArn } });
    await invoke("fails");
    const notification = JSON.parse((await queue.next()).Body ?? "") as { readonly Message: string };
    expect(JSON.parse(notification.Message)).toMatchObject({
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 1 },
      responseContext: { functionError: "Unhandled" },
      responsePayload: { errorType: "TypeError", errorMessage: "no" },
    });
    sns.destroy();
  });

  test("of events that failed arrive in a bucket", async () => {
    const s3 = new S3Client({ ...emulator.clientConfig, forcePathStyle: true });
    const Bucket = "failures";
    await s3.send(new CreateBucketCommand({ Bucket }));
    await configure("fails", { OnFailure: { Destination: `arn:aws:s3:::${Bucket}` } });
    await invoke("fails");
    const keys = async (): Promise<(string | undefined)[]> =>
      ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);
    const day = /^aws\/lambda\/async\/fails\/(\d{4})\/(\d\d)\/(\d\d)\/\1-\2-\3T\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/;
    await expect.poll(keys, { timeout: 20_000 }).toEqual([expect.stringMatching(day)]);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: (await keys())[0] }));
    expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({
      requestContext: {
        condition: "RetriesExhausted",
        functionArn: expect.stringContaining(":function:fails:$LATEST"),
      },
      requestPayload: { n: 1 },
      responsePayload: { errorType: "TypeError", errorMessage: "no" },
    });
    s3.destroy();
  });

  test("arrive on an event bus", async () => {
    const queue = await makeQueue("events");
    const events = new EventBridgeClient(emulator.clientConfig);
    const { EventBusArn: Destination = "" } = await events.send(new CreateEventBusCommand({ Name: "results" }));
    const EventPattern = JSON.stringify({ source: ["lambda"] });
    await events.send(new PutRuleCommand({ Name: "all", EventBusName: "results", EventPattern }));
    const Targets = [{ Id: "queue", Arn: queue.arn }];
    await events.send(new PutTargetsCommand({ Rule: "all", EventBusName: "results", Targets }));
    await configure("works", { OnSuccess: { Destination } });
    await invoke("works");
    expect(JSON.parse((await queue.next()).Body ?? "")).toMatchObject({
      source: "lambda",
      "detail-type": "Lambda Function Invocation Result - Success",
      resources: [expect.stringContaining(":function:works:$LATEST"), Destination],
      detail: { requestPayload: { n: 1 }, responsePayload: "fine" },
    });
    events.destroy();
  });

  test("of events that failed arrive in a dead-letter queue", async () => {
    const queue = await makeQueue("dead");
    await rig.client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: "fails", DeadLetterConfig: { TargetArn: queue.arn } }),
    );
    await waitUntilFunctionUpdatedV2({ client: rig.client, minDelay: 1, maxWaitTime: 20 }, { FunctionName: "fails" });
    await invoke("fails");
    expect(await queue.next()).toMatchObject({
      Body: '{"n":1}',
      MessageAttributes: {
        RequestID: { DataType: "String", StringValue: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        ErrorCode: { DataType: "Number", StringValue: "200" },
        ErrorMessage: { DataType: "String", StringValue: "no" },
      },
    });
  });

  test.each([
    `arn:aws:sqs:us-east-1:${account}:nowhere`,
    `arn:aws:sns:us-east-1:${account}:nowhere`,
    `arn:aws:events:us-east-1:${account}:event-bus/nowhere`,
    "arn:aws:s3:::nowhere",
  ])("are refused when they are to go to %s", async (Destination) => {
    await expect(configure("works", { OnFailure: { Destination } })).rejects.toThrow(
      `The destination ARN ${Destination} is invalid.`,
    );
  });
});
