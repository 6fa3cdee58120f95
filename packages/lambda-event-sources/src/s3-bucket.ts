import { type DestinationCall, type DestinationMessage, EventSourceError } from "@fc/lambda/event-sources";
import type { Clients } from "./clients.ts";
import { s3For } from "./s3-client.ts";

export async function checkBucket(clients: Clients, arn: string, { region, signal }: DestinationCall): Promise<void> {
  const { client, sdk } = await s3For(clients, region, arn);
  await client.send(new sdk.HeadBucketCommand({ Bucket: nameOf(arn) }), { abortSignal: signal });
}

/** The key is the message's own: what is sent again becomes the same object. */
export async function putObject(
  clients: Clients,
  arn: string,
  { body, objectKey }: DestinationMessage,
  { region, signal }: DestinationCall,
): Promise<void> {
  if (objectKey === undefined)
    throw new EventSourceError("FC_EVENT_SOURCE_UNSUPPORTED", `A message for ${arn} names no object`);
  const { client, sdk } = await s3For(clients, region, arn);
  const command = new sdk.PutObjectCommand({ Bucket: nameOf(arn), Key: objectKey, Body: body });
  await client.send(command, { abortSignal: signal });
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}
