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
import { checkQueue, sendToQueue } from "./sqs-client.ts";

/** What is done with a destination of one service. */
interface Service {
  readonly check: (clients: Clients, arn: string, call: DestinationCall) => Promise<void>;
  readonly send: (clients: Clients, arn: string, message: DestinationMessage, call: DestinationCall) => Promise<void>;
}

const services: Readonly<Record<string, Service>> = {
  sqs: { check: checkQueue, send: sendToQueue },
  sns: { check: checkTopic, send: publishToTopic },
  events: { check: checkEventBus, send: putEvent },
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
    work: (service: Service) => Promise<void>,
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
