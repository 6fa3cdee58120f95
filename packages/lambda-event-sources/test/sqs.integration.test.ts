import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, makeFunction, makeMapping, type Rig, reaches, startRig } from "./support/rig.ts";

interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly [member: string]: unknown;
  }[];
}

describe.skipIf(await lacksAwsEmulator())("functions on SQS queues", () => {
  let emulator: AwsEmulator;
  let sqs: SQSClient;
  let rig: Rig;
  const received: Record<string, SqsEvent["Records"][number][]> = {};
  /** Functions, by name: each takes a record and gives whether it is done with it. */
  const behaviour: Record<string, (record: SqsEvent["Records"][number]) => boolean> = {};
  const handler = (name: string) => (event: unknown) => {
    const records = (event as SqsEvent).Records;
    received[name] = [...(received[name] ?? []), ...records];
    const failed = records.filter((record) => !(behaviour[name]?.(record) ?? true));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  const names = ["plain", "partial", "ordered", "poison", "paused"];
  const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:${account}:${name}`;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    sqs = new SQSClient(emulator.clientConfig);
    rig = await startRig(emulator, Object.fromEntries(names.map((name) => [name, handler(name)])));
    for (const name of names) await makeFunction(rig, name, 1);
  });
  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    sqs?.destroy();
    await emulator?.[Symbol.asyncDispose]();
  });

  async function makeQueue(
    name: string,
    attributes: Partial<Record<QueueAttributeName, string>> = {},
  ): Promise<string> {
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return QueueUrl;
  }

  /** Messages of a queue, visible and hidden ones. */
  async function left(QueueUrl: string): Promise<number> {
    const AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  }

  test("a message arrives as AWS sends it, and is deleted", async () => {
    const QueueUrl = await makeQueue("plain");
    await makeMapping(rig, { FunctionName: "plain", EventSourceArn: arnOf("plain") });
    const { MessageId } = await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: "hello",
        MessageAttributes: { colour: { DataType: "String", StringValue: "blue" } },
      }),
    );
    await expect.poll(() => left(QueueUrl), { timeout: 20_000 }).toBe(0);
    expect(received["plain"]).toEqual([
      {
        messageId: MessageId,
        receiptHandle: expect.any(String),
        body: "hello",
        attributes: expect.objectContaining({
          ApproximateReceiveCount: "1",
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        }),
        messageAttributes: {
          colour: { stringValue: "blue", stringListValues: [], binaryListValues: [], dataType: "String" },
        },
        md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
        md5OfBody: "5d41402abc4b2a76b9719d911017c592",
        eventSource: "aws:sqs",
        eventSourceARN: arnOf("plain"),
        awsRegion: "us-east-1",
      },
    ]);
  });

  test("only what a function reports as failed comes again", async () => {
    const QueueUrl = await makeQueue("partial", { VisibilityTimeout: "1" });
    behaviour["partial"] = ({ body, attributes }) =>
      body !== "bad" || Number(attributes["ApproximateReceiveCount"]) > 1;
    const Entries = ["good", "bad", "fine"].map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    await makeMapping(rig, {
      FunctionName: "partial",
      EventSourceArn: arnOf("partial"),
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    await expect.poll(() => left(QueueUrl), { timeout: 20_000 }).toBe(0);
    expect(received["partial"]?.map(({ body }) => body).sort()).toEqual(["bad", "bad", "fine", "good"]);
  });

  test("the messages of a group of a FIFO queue arrive in their order", async () => {
    const QueueUrl = await makeQueue("ordered.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
    await makeMapping(rig, { FunctionName: "ordered", EventSourceArn: arnOf("ordered.fifo"), BatchSize: 2 });
    for (let n = 0; n < 12; n += 1) {
      const MessageGroupId = n % 2 === 0 ? "even" : "odd";
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(n), MessageGroupId }));
    }
    await expect.poll(() => left(QueueUrl), { timeout: 20_000 }).toBe(0);
    const bodies = received["ordered"]?.map(({ body }) => Number(body)) ?? [];
    expect(bodies.filter((n) => n % 2 === 0)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(bodies.filter((n) => n % 2 === 1)).toEqual([1, 3, 5, 7, 9, 11]);
  });

  test("a message that always fails ends in the queue's own dead-letter queue", async () => {
    const dead = await makeQueue("dead");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount: 2 });
    const QueueUrl = await makeQueue("poison", { VisibilityTimeout: "1", RedrivePolicy });
    behaviour["poison"] = () => false;
    await makeMapping(rig, {
      FunctionName: "poison",
      EventSourceArn: arnOf("poison"),
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "poison" }));
    await expect.poll(() => left(dead), { timeout: 30_000 }).toBe(1);
    expect([received["poison"]?.length, await left(QueueUrl)]).toEqual([2, 0]);
  });

  test("a disabled mapping leaves its queue alone until it is enabled again", async () => {
    const QueueUrl = await makeQueue("paused");
    const UUID = await makeMapping(rig, { FunctionName: "paused", EventSourceArn: arnOf("paused") });
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await reaches(rig, UUID, "Disabled");
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "later" }));
    // A mapping that still polled would have taken it long before this one of another queue is done.
    const other = await sqs.send(new SendMessageCommand({ QueueUrl: await makeQueue("plain"), MessageBody: "first" }));
    await expect
      .poll(() => received["plain"]?.some(({ messageId }) => messageId === other.MessageId), { timeout: 20_000 })
      .toBe(true);
    expect(received["paused"]).toBeUndefined();
    await rig.client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await expect.poll(() => left(QueueUrl), { timeout: 20_000 }).toBe(0);
    expect(received["paused"]?.map(({ body }) => body)).toEqual(["later"]);
    await rig.client.send(new DeleteEventSourceMappingCommand({ UUID }));
  });

  test("a queue that does not exist, or is too impatient, is refused in AWS's words", async () => {
    const refusal = (EventSourceArn: string): Promise<unknown> =>
      rig.client.send(new CreateEventSourceMappingCommand({ FunctionName: "plain", EventSourceArn }));
    await expect(refusal(arnOf("nowhere"))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
    });
    await makeQueue("impatient", { VisibilityTimeout: "0" });
    await expect(refusal(arnOf("impatient"))).rejects.toMatchObject({
      message: "Queue visibility timeout: 0 seconds is less than Function timeout: 1 seconds",
    });
  });
});
