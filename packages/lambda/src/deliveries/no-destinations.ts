import type { EventDestinations } from "../event-sources/event-destinations.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";

/** Stands in when the service was made without destinations. */
export function noDestinations(): EventDestinations {
  const refuse = (arn: string): Promise<never> =>
    Promise.reject(
      new EventSourceError(
        "FC_EVENT_SOURCE_NOT_CONFIGURED",
        `${arn} cannot be reached: this service was made without destinations (the option destinations of createLambda)`,
        { fault: "user" },
      ),
    );
  return {
    specificationVersion: "v1",
    check: refuse,
    send: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
