import { type DestinationMessage, type EventDestinations, EventSourceError } from "@fc/lambda/event-sources";
import { Clients } from "./clients.ts";
import { checkEventBus, putEvent } from "./eventbridge.ts";
import { serviceFailure } from "./service-failure.ts";
import type { EventSourceSettings } from "./settings.ts";
import { checkTopic, publishToTopic } from "./sns-topic.ts";
import { queueUrl, sendToQueue, sqsFor } from "./sqs-client.ts";

/** What is done with a destination of one service. */
interface Service {
  readonly check: (clients: Clients, arn: string, signal: AbortSignal) => Promise<unknown>;
  readonly send: (clients: Clients, arn: string, message: DestinationMessage, signal: AbortSignal) => Promise<unknown>;
}

const services: Readonly<Record<string, Service>> = {
  sqs: {
    check: async (clients, arn, signal) => queueUrl(await sqsFor(clients, arn), arn, signal),
    send: sendToQueue,
  },
  sns: { check: checkTopic, send: publishToTopic },
  events: { check: checkEventBus, send: putEvent },
};

/**
 * Destinations over the AWS SDK, at the endpoint of the settings: SQS queues, SNS topics, EventBridge buses. Without an endpoint
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
      throw new EventSourceError("FC_EVENT_SOURCE_UNSUPPORTED", `${arn} is not a queue, topic or event bus`, {
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
    check: (arn, { signal }) => on("looking at", arn, signal, ({ check }) => check(clients, arn, signal)),
    send: (arn, message, { signal }) =>
      on("sending to", arn, signal, ({ send }) => send(clients, arn, message, signal)),
    [Symbol.asyncDispose]: () => clients.close(),
  };
}
