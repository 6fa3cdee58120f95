import type { EventSources } from "@fc/lambda/event-sources";
import { Clients } from "./clients.ts";
import { openDynamoDbStream } from "./dynamodb-stream.ts";
import { openKinesisStream } from "./kinesis-stream.ts";
import type { EventSourceSettings } from "./settings.ts";
import { openSqsQueue } from "./sqs-queue.ts";

/**
 * Event sources over the AWS SDK, at the endpoint of the settings. Without an endpoint every source is refused with an error
 * that names the setting.
 */
export function createAwsEventSources(settings: EventSourceSettings): EventSources {
  const clients = new Clients(settings);
  const closing = new AbortController();
  return {
    specificationVersion: "v1",
    openQueue: (arn, { signal }) => openSqsQueue(clients, arn, signal, closing.signal),
    openStream: (arn, { signal }) =>
      arn.split(":")[2] === "dynamodb"
        ? openDynamoDbStream(clients, arn, signal)
        : openKinesisStream(clients, arn, signal),
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("The event sources are being closed"));
      await clients.close();
    },
  };
}
