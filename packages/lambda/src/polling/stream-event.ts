import type { StreamRecord } from "../event-sources/stream-source.ts";
import { parsedContent } from "./queue-event.ts";

/** Where a record was read. */
export interface StreamPlace {
  readonly arn: string;
  readonly shardId: string;
  /** The function's execution role: Kinesis events name it. */
  readonly role: string;
}

/** One record of a function's event, as Lambda sends records of Kinesis and DynamoDB Streams. */
export function streamEventRecord(record: StreamRecord, { arn, shardId, role }: StreamPlace): object {
  const awsRegion = arn.split(":")[3] ?? "";
  if (record.kind === "kinesis")
    return {
      kinesis: kinesisMember(record),
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `${shardId}:${record.sequenceNumber}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: role,
      awsRegion,
      eventSourceARN: arn,
    };
  return {
    eventID: record.eventId,
    eventName: record.eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion,
    dynamodb: record.dynamodb,
    ...(record.userIdentity === undefined ? {} : { userIdentity: record.userIdentity }),
    eventSourceARN: arn,
  };
}

/** What filters see: of Kinesis the record's own members beside those of the event, with the data as JSON when it is JSON. */
export function filterableStreamEvent(record: StreamRecord, event: object): object {
  if (record.kind !== "kinesis") return event;
  const data = parsedContent(Buffer.from(record.data, "base64").toString("utf8"));
  return { ...event, ...kinesisMember(record), data };
}

function kinesisMember(record: Extract<StreamRecord, { kind: "kinesis" }>): object {
  return {
    kinesisSchemaVersion: "1.0",
    partitionKey: record.partitionKey,
    sequenceNumber: record.sequenceNumber,
    data: record.data,
    approximateArrivalTimestamp: record.arrivedAtMs / 1_000,
  };
}
