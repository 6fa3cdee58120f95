import { EventSourceError } from "../event-sources/event-source-error.ts";
import type { EventSources } from "../event-sources/event-sources.ts";

/** Stands in when the service was made without event sources. */
export function noEventSources(): EventSources {
  const refuse = (arn: string): Promise<never> =>
    Promise.reject(
      new EventSourceError(
        "FC_EVENT_SOURCE_NOT_CONFIGURED",
        `${arn} cannot be read: this service was made without event sources (the option eventSources of createLambda)`,
        { fault: "user" },
      ),
    );
  return {
    specificationVersion: "v1",
    openQueue: refuse,
    openStream: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
