import { EventSourceError } from "../event-sources/event-source-error.ts";
import type { EventSources } from "../event-sources/event-sources.ts";
import type { QueueSource } from "../event-sources/queue-source.ts";
import type { StreamSource } from "../event-sources/stream-source.ts";

/** {@link EventSources} over queues and streams that a test made, by ARN. */
export function memoryEventSources(sources: {
  readonly queues?: Readonly<Record<string, QueueSource>>;
  readonly streams?: Readonly<Record<string, StreamSource>>;
}): EventSources {
  const find = <T>(found: T | undefined, arn: string): Promise<T> =>
    found === undefined
      ? Promise.reject(new EventSourceError("FC_EVENT_SOURCE_NOT_FOUND", `There is no ${arn}`))
      : Promise.resolve(found);
  return {
    specificationVersion: "v1",
    openQueue: (arn) => find(sources.queues?.[arn], arn),
    openStream: (arn) => find(sources.streams?.[arn], arn),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
