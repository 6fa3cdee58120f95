import type { DestinationMessage, EventDestinations } from "../event-sources/event-destinations.ts";
import { EventSourceError } from "../event-sources/event-source-error.ts";

/** {@link EventDestinations} that keep what they are sent. */
export interface MemoryDestinations extends EventDestinations {
  readonly sent: readonly { readonly arn: string; readonly message: DestinationMessage }[];
  /** Makes every send fail until it is unset. */
  failure: Error | undefined;
}

/** Destinations for tests: those of the list are there, others are not. */
export function memoryDestinations(arns: readonly string[]): MemoryDestinations {
  const sent: { readonly arn: string; readonly message: DestinationMessage }[] = [];
  const check = (arn: string): Promise<void> =>
    arns.includes(arn)
      ? Promise.resolve()
      : Promise.reject(new EventSourceError("FC_EVENT_SOURCE_NOT_FOUND", `There is no ${arn}`));
  const destinations: MemoryDestinations = {
    specificationVersion: "v1",
    sent,
    failure: undefined,
    check,
    send: async (arn, message) => {
      if (destinations.failure !== undefined) throw destinations.failure;
      await check(arn);
      sent.push({ arn, message });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return destinations;
}
