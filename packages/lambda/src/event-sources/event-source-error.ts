import { FcError, type FcErrorOptions } from "@fc/core";

/**
 * - `FC_EVENT_SOURCE_NOT_CONFIGURED`: nothing says where the services of AWS are; the message names the setting.
 * - `FC_EVENT_SOURCE_NOT_FOUND`: there is no such queue, stream, topic, bus or object.
 * - `FC_EVENT_SOURCE_UNSUPPORTED`: this implementation does not do that kind of source or destination.
 * - `FC_EVENT_SOURCE_FAILED`: the service could not be reached or refused. Not `retryable`: it will never take this very message.
 */
export type EventSourceErrorCode =
  | "FC_EVENT_SOURCE_NOT_CONFIGURED"
  | "FC_EVENT_SOURCE_NOT_FOUND"
  | "FC_EVENT_SOURCE_UNSUPPORTED"
  | "FC_EVENT_SOURCE_FAILED";

/** What {@link EventSources}, {@link EventDestinations} and {@link CodeObjects} throw. */
export class EventSourceError extends FcError {
  constructor(code: EventSourceErrorCode, message: string, options: FcErrorOptions = {}) {
    super(code, message, options);
  }
}
