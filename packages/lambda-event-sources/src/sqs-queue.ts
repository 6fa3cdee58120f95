import type { Message, MessageAttributeValue, SQSClient } from "@aws-sdk/client-sqs";
import {
  EventSourceError,
  type QueueMessage,
  type QueueMessageAttribute,
  type QueueSource,
} from "@fc/lambda/event-sources";
import type { Clients } from "./clients.ts";
import { serviceFailure } from "./service-failure.ts";
import { queueUrl, type SqsSdk, sqsFor } from "./sqs-client.ts";

/** SQS's limit of messages in one call. */
const callSize = 10;

/** Opens an SQS queue. `closing` aborts what is under way when everything is closed. */
export async function openSqsQueue(
  clients: Clients,
  arn: string,
  signal: AbortSignal,
  closing: AbortSignal,
): Promise<QueueSource> {
  const sqs = await sqsFor(clients, arn);
  try {
    const QueueUrl = await queueUrl(sqs, arn, signal);
    const { Attributes } = await sqs.client.send(
      new sqs.sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
      { abortSignal: signal },
    );
    return new SqsQueue({
      ...sqs,
      arn,
      QueueUrl,
      closing,
      visibilityTimeoutSeconds: Number(Attributes?.["VisibilityTimeout"] ?? 30),
    });
  } catch (error) {
    throw serviceFailure(`opening the queue ${arn}`, error, signal);
  }
}

interface SqsQueueOptions {
  readonly client: SQSClient;
  readonly sdk: SqsSdk;
  readonly arn: string;
  readonly QueueUrl: string;
  readonly closing: AbortSignal;
  readonly visibilityTimeoutSeconds: number;
}

class SqsQueue implements QueueSource {
  readonly visibilityTimeoutSeconds: number;
  readonly #options: SqsQueueOptions;

  constructor(options: SqsQueueOptions) {
    this.#options = options;
    this.visibilityTimeoutSeconds = options.visibilityTimeoutSeconds;
  }

  async receive(call: {
    readonly maximum: number;
    readonly waitMs: number;
    readonly signal: AbortSignal;
  }): Promise<readonly QueueMessage[]> {
    const { signal } = call;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", onAbort, { once: true });
    const answer = this.#receive(call.maximum, Math.ceil(call.waitMs / 1_000));
    try {
      return await Promise.race([answer, aborted]);
    } catch (error) {
      if (signal.aborted) this.#giveBackLate(answer);
      throw serviceFailure(`receiving messages from ${this.#options.arn}`, error, signal);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async delete(messages: readonly QueueMessage[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { client, sdk, QueueUrl } = this.#options;
    await this.#each("deleting messages from", messages, signal, (entries) => {
      const Entries = entries.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
      return client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
    });
  }

  async release(messages: readonly QueueMessage[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { client, sdk, QueueUrl } = this.#options;
    await this.#each("giving messages back to", messages, signal, (entries) => {
      const Entries = entries.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: 0,
      }));
      return client.send(new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), { abortSignal: signal });
    });
  }

  async #receive(MaxNumberOfMessages: number, WaitTimeSeconds: number): Promise<QueueMessage[]> {
    const { client, sdk, QueueUrl, closing } = this.#options;
    const command = new sdk.ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages,
      WaitTimeSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    const { Messages = [] } = await client.send(command, { abortSignal: closing });
    return Messages.map(queueMessage);
  }

  /** A long poll that nobody waits for any more may still take messages, and hide them: they go back at once. */
  #giveBackLate(answer: Promise<readonly QueueMessage[]>): void {
    const { closing } = this.#options;
    const giveBack = async (): Promise<void> => {
      const messages = await answer;
      if (messages.length > 0) await this.release(messages, { signal: closing });
    };
    // Its failure changes nothing: the messages come again after the visibility timeout.
    giveBack().catch(() => undefined);
  }

  async #each(
    what: string,
    messages: readonly QueueMessage[],
    signal: AbortSignal,
    send: (
      entries: readonly QueueMessage[],
    ) => Promise<{ readonly Failed?: readonly { Message?: string | undefined }[] | undefined }>,
  ): Promise<void> {
    const doing = `${what} ${this.#options.arn}`;
    for (let at = 0; at < messages.length; at += callSize) {
      const { Failed = [] } = await send(messages.slice(at, at + callSize)).catch((error: unknown) => {
        throw serviceFailure(doing, error, signal);
      });
      if (Failed.length > 0)
        throw new EventSourceError("FC_EVENT_SOURCE_FAILED", `${doing}: ${Failed[0]?.Message ?? "refused"}`, {
          retryable: true,
        });
    }
  }
}

function queueMessage(message: Message): QueueMessage {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: (message.Attributes ?? {}) as Readonly<Record<string, string>>,
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, messageAttribute(value)])),
    md5OfBody: message.MD5OfBody ?? "",
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
  };
}

function messageAttribute(value: MessageAttributeValue): QueueMessageAttribute {
  return {
    ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
    ...(value.BinaryValue === undefined ? {} : { binaryValue: Buffer.from(value.BinaryValue).toString("base64") }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value.DataType ?? "String",
  };
}
