import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type DestinationCall, type DestinationMessage, EventSourceError } from "@fc/lambda/event-sources";
import type { Clients } from "./clients.ts";

type EventBridgeSdk = typeof import("@aws-sdk/client-eventbridge");

async function eventBridgeFor(
  clients: Clients,
  arn: string,
): Promise<{ readonly client: EventBridgeClient; readonly sdk: EventBridgeSdk }> {
  const sdk = await import("@aws-sdk/client-eventbridge");
  const client = await clients.of("events", arn, (config) => new sdk.EventBridgeClient(config));
  return { client, sdk };
}

export async function checkEventBus(clients: Clients, arn: string, { signal }: DestinationCall): Promise<void> {
  const { client, sdk } = await eventBridgeFor(clients, arn);
  const Name = arn.slice(arn.lastIndexOf("/") + 1);
  await client.send(new sdk.DescribeEventBusCommand({ Name }), { abortSignal: signal });
}

export async function putEvent(
  clients: Clients,
  arn: string,
  { body, event }: DestinationMessage,
  { signal }: DestinationCall,
): Promise<void> {
  const { client, sdk } = await eventBridgeFor(clients, arn);
  const entry = {
    EventBusName: arn,
    Source: event?.source ?? "lambda",
    DetailType: event?.detailType ?? "Lambda Function Invocation Result",
    Resources: [...(event?.resources ?? [])],
    Detail: body,
  };
  const { Entries = [] } = await client.send(new sdk.PutEventsCommand({ Entries: [entry] }), {
    abortSignal: signal,
  });
  const [first] = Entries;
  if (first?.ErrorCode !== undefined)
    throw new EventSourceError("FC_EVENT_SOURCE_FAILED", `${first.ErrorCode}: ${first.ErrorMessage ?? ""}`, {
      retryable: true,
    });
}
