import type { QueueMessage } from "../event-sources/queue-source.ts";

/** One record of a function's event, as Lambda sends SQS messages. */
export interface QueueEventRecord extends QueueMessage {
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export function queueEventRecord(message: QueueMessage, arn: string): QueueEventRecord {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: message.messageAttributes,
    ...(message.md5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.md5OfMessageAttributes }),
    md5OfBody: message.md5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: arn.split(":")[3] ?? "",
  };
}

/** What filters see: the body as JSON when it is JSON. */
export function filterableQueueEvent(record: QueueEventRecord): object {
  return { ...record, body: parsedContent(record.body) };
}

/** The JSON object or list in a text, or the text itself. */
export function parsedContent(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : text;
  } catch {
    return text;
  }
}
