import type { SNSClient } from "@aws-sdk/client-sns";
import type { DestinationCall, DestinationMessage } from "@fc/lambda/event-sources";
import type { Clients } from "./clients.ts";
import { messageAttributes } from "./message-attributes.ts";

type SnsSdk = typeof import("@aws-sdk/client-sns");

async function snsFor(clients: Clients, arn: string): Promise<{ readonly client: SNSClient; readonly sdk: SnsSdk }> {
  const sdk = await import("@aws-sdk/client-sns");
  return { client: await clients.of("sns", arn, (config) => new sdk.SNSClient(config)), sdk };
}

export async function checkTopic(clients: Clients, arn: string, { signal }: DestinationCall): Promise<void> {
  const { client, sdk } = await snsFor(clients, arn);
  await client.send(new sdk.GetTopicAttributesCommand({ TopicArn: arn }), { abortSignal: signal });
}

export async function publishToTopic(
  clients: Clients,
  arn: string,
  message: DestinationMessage,
  { signal }: DestinationCall,
): Promise<void> {
  const { client, sdk } = await snsFor(clients, arn);
  const MessageAttributes = messageAttributes(message);
  await client.send(new sdk.PublishCommand({ TopicArn: arn, Message: message.body, MessageAttributes }), {
    abortSignal: signal,
  });
}
