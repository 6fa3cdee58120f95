import type { DestinationMessage } from "../event-sources/event-destinations.ts";
import type { Home } from "../names/arn.ts";

/** A message on its way to a destination or dead-letter queue. */
export interface DeliveryRecord extends Home {
  readonly id: string;
  /** The function whose event or result it is. */
  readonly functionName: string;
  readonly destinationArn: string;
  readonly message: DestinationMessage;
  readonly createdAt: number;
  readonly failures: number;
  readonly notBefore: number;
}
