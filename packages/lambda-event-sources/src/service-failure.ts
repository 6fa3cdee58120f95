import { errorText, FcError } from "@fc/core";
import { EventSourceError } from "@fc/lambda/event-sources";

/** Names under which AWS's services say that something is not there. */
const absent = [
  "QueueDoesNotExist",
  "AWS.SimpleQueueService.NonExistentQueue",
  "ResourceNotFoundException",
  "NotFoundException",
  "NotFound",
  "NoSuchBucket",
];

/** Names under which they say that a message is not acceptable as it is: too long, or with characters that they do not take. */
const unacceptable = [
  "BatchRequestTooLong",
  "InvalidMessageContents",
  "InvalidParameter",
  "InvalidParameterException",
  "InvalidParameterValue",
  "InvalidParameterValueException",
  "ValidationException",
];

/** The error of an AWS SDK call as this contract's, with what was tried. An abort stays what it is. */
export function serviceFailure(what: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (FcError.isInstance(error)) return error;
  const name = error instanceof Error ? error.name : "";
  const text = errorText(error) || name;
  if (absent.includes(name))
    return new EventSourceError("FC_EVENT_SOURCE_NOT_FOUND", `${what}: ${text}`, { fault: "user", cause: error });
  const reason = text.includes(name) || name === "Error" ? text : `${name}: ${text}`;
  return new EventSourceError("FC_EVENT_SOURCE_FAILED", `${what}: ${reason}`, {
    retryable: !unacceptable.includes(name),
    cause: error,
  });
}
