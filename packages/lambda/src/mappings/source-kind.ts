import { invalidParameter, notImplemented } from "../aws-errors.ts";
import type { SourceKind } from "../state/mapping-records.ts";

const others: Readonly<Record<string, string>> = {
  kafka: "Amazon MSK",
  mq: "Amazon MQ",
  rds: "Amazon DocumentDB",
};

/** What an event source's ARN names. @throws AwsError for what is not an event source, or not one that this server reads */
export function sourceKind(arn: string): SourceKind {
  const [, , service = "", , , ...rest] = arn.split(":");
  const resource = rest.join(":");
  const other = others[service];
  if (other !== undefined) throw notImplemented(`${other} as an event source (${arn})`);
  if (service === "sqs" && resource !== "") return "sqs";
  if (service === "kinesis" && /^stream\/[^/]+\/consumer\//.test(resource))
    throw notImplemented(`A Kinesis consumer with enhanced fan-out as an event source (${arn})`);
  if (service === "kinesis" && /^stream\/[^/]+$/.test(resource)) return "kinesis";
  if (service === "dynamodb" && /^table\/[^/]+\/stream\/.+$/.test(resource)) return "dynamodb";
  throw invalidParameter("Unrecognized event source.");
}

/** Whether the ARN is of a FIFO queue or topic. */
export function isFifo(arn: string): boolean {
  return arn.endsWith(".fifo");
}
