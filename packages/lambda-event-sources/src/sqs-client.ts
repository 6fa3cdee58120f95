import type { SQSClient } from "@aws-sdk/client-sqs";
import type { DestinationCall, DestinationMessage } from "@fc/lambda/event-sources";
import type { Clients } from "./clients.ts";
import { messageAttributes } from "./message-attributes.ts";

/** The commands of the SQS client, loaded on use. */
export type SqsSdk = typeof import("@aws-sdk/client-sqs");

export async function sqsFor(
  clients: Clients,
  arn: string,
): Promise<{ readonly client: SQSClient; readonly sdk: SqsSdk }> {
  const sdk = await import("@aws-sdk/client-sqs");
  const client = await clients.of(
    "sqs",
    arn,
    // An emulator's queue URLs may name a host that only it knows: the endpoint counts.
    (config) => new sdk.SQSClient({ ...config, useQueueUrlAsEndpoint: config.endpoint === undefined }),
  );
  return { client, sdk };
}

/** The URL of a queue. Rejects when there is no such queue. */
export async function queueUrl(
  { client, sdk }: { readonly client: SQSClient; readonly sdk: SqsSdk },
  arn: string,
  abortSignal: AbortSignal,
): Promise<string> {
  const [, , , , QueueOwnerAWSAccountId, QueueName] = arn.split(":");
  const { QueueUrl } = await client.send(new sdk.GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }), {
    abortSignal,
  });
  return QueueUrl ?? "";
}

export async function checkQueue(clients: Clients, arn: string, { signal }: DestinationCall): Promise<void> {
  await queueUrl(await sqsFor(clients, arn), arn, signal);
}

export async function sendToQueue(
  clients: Clients,
  arn: string,
  message: DestinationMessage,
  { signal }: DestinationCall,
): Promise<void> {
  const sqs = await sqsFor(clients, arn);
  const command = new sqs.sdk.SendMessageCommand({
    QueueUrl: await queueUrl(sqs, arn, signal),
    MessageBody: message.body,
    MessageAttributes: messageAttributes(message),
  });
  await sqs.client.send(command, { abortSignal: signal });
}
