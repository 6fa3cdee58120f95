import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
  type StreamDescriptionSummary,
} from "@aws-sdk/client-kinesis";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type AwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { expect } from "vitest";

export const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:123456789012:${name}`;

/** Queues and streams of an emulator of AWS's services, through the official clients. */
export interface AwsServices extends AsyncDisposable {
  readonly emulator: AwsEmulator;
  readonly sqs: SQSClient;
  /** Makes a queue and gives its URL. */
  readonly makeQueue: (name: string, attributes?: Record<string, string>) => Promise<string>;
  /** Messages of a queue: those that can be received, and those that somebody has received. */
  readonly messageCounts: (queueUrl: string) => Promise<{ readonly visible: number; readonly hidden: number }>;
  /** The messages that can be received from a queue, up to ten; waits for the first. */
  readonly receive: (queueUrl: string) => Promise<readonly Message[]>;
  /** Makes a stream of one shard, and gives its ARN. */
  readonly makeStream: (name: string) => Promise<string>;
  /** Puts records into a stream: of one key, or each of its own. */
  readonly put: (stream: string, data: readonly string[], keyOf?: (data: string) => string) => Promise<void>;
}

export async function startAwsServices(): Promise<AwsServices> {
  const emulator = await startAwsEmulator();
  const sqs = new SQSClient(emulator.clientConfig);
  // The client would speak HTTP/2, which the emulator does not.
  const kinesis = new KinesisClient({ ...emulator.clientConfig, requestHandler: new NodeHttpHandler() });
  return {
    emulator,
    sqs,
    makeQueue: async (QueueName, Attributes = {}) =>
      (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "",
    messageCounts: async (QueueUrl) => {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
      return {
        visible: Number(Attributes["ApproximateNumberOfMessages"]),
        hidden: Number(Attributes["ApproximateNumberOfMessagesNotVisible"]),
      };
    },
    receive: async (QueueUrl) => {
      const input = { QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] };
      return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
    },
    makeStream: async (StreamName) => {
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
      const summary = async (): Promise<StreamDescriptionSummary | undefined> =>
        (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary;
      await expect.poll(async () => (await summary())?.StreamStatus, { timeout: 60_000 }).toBe("ACTIVE");
      return (await summary())?.StreamARN ?? "";
    },
    put: async (StreamName, data, keyOf = () => "k") => {
      const Records = data.map((one) => ({ PartitionKey: keyOf(one), Data: Buffer.from(one) }));
      await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
    },
    [Symbol.asyncDispose]: async () => {
      sqs.destroy();
      kinesis.destroy();
      await emulator[Symbol.asyncDispose]();
    },
  };
}
