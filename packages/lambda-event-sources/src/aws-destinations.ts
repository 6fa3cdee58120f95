import {
  type DestinationCall,
  type DestinationMessage,
  type EventDestinations,
  EventSourceError,
} from "@fc/lambda/event-sources";
import { Clients } from "./clients.ts";
import { checkEventBus, putEvent } from "./eventbridge.ts";
import { checkBucket, putObject } from "./s3-bucket.ts";
import { serviceFailure } from "./service-failure.ts";
import type { EventSourceSettings } from "./settings.ts";
import { checkTopic, publishToTopic } from "./sns-topic.ts";
import { queueUrl, sendToQueue, sqsFor } from "./sqs-client.ts";

/** What is done with a destination of one service. */
interface Service {
  readonly check: (clients: Clients, arn: string, call: DestinationCall) => Promise<unknown>;
  readonly send: (
    clients: Clients,
    arn: string,
    message: DestinationMessage,
    call: DestinationCall,
  ) => Promise<unknown>;
}

const services: Readonly<Record<string, Service>> = {
  sqs: {
    check: async (clients, arn, { signal }) => queueUrl(await sqsFor(clients, arn), arn, signal),
    send: (clients, arn, message, { signal }) => sendToQueue(clients, arn, message, signal),
  },
  sns: {
    check: (clients, arn, { signal }) => checkTopic(clients, arn, signal),
    send: (clients, arn, message, { signal }) => publishToTopic(clients, arn, message, signal),
  },
  events: {
    check: (clients, arn, { signal }) => checkEventBus(clients, arn, signal),
    send: (clients, arn, message, { signal }) => putEvent(clients, arn, message, signal),
  },
  s3: { check: checkBucket, send: putObject },
};

/**
 * Destinations over the AWS SDK, at the endpoint of the settings: SQS queues, SNS topics, EventBridge buses, S3 buckets. Without an endpoint
 * all are refused with an error that names the setting.
 */
export function createAwsDestinations(settings: EventSourceSettings): EventDestinations {
  const clients = new Clients(settings);
  const on = async (
    what: string,
    arn: string,
    signal: AbortSignal,
    work: (service: Service) => Promise<unknown>,
  ): Promise<void> => {
    const name = arn.split(":")[2] ?? "";
    const service = Object.hasOwn(services, name) ? services[name] : undefined;
    if (service === undefined)
      throw new EventSourceError("FC_EVENT_SOURCE_UNSUPPORTED", `${arn} is not a queue, topic, event bus or bucket`, {
        fault: "user",
      });
    try {
      await work(service);
    } catch (error) {
      throw serviceFailure(`${what} ${arn}`, error, signal);
    }
  };
  return {
    specificationVersion: "v1",
    check: (arn, call) => on("looking at", arn, call.signal, ({ check }) => check(clients, arn, call)),
    send: (arn, message, call) => on("sending to", arn, call.signal, ({ send }) => send(clients, arn, message, call)),
    [Symbol.asyncDispose]: () => clients.close(),
  };
}
