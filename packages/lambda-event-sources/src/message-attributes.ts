import type { DestinationMessage } from "@fc/lambda/event-sources";

/** Attributes in the form that SQS and SNS share. */
export function messageAttributes({
  attributes = {},
}: DestinationMessage): Record<string, { DataType: string; StringValue: string }> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => [name, { DataType: type, StringValue: value }]),
  );
}
