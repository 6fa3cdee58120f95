import { AwsError } from "@fc/aws";
import { errorText, FcError } from "@fc/core";
import { tooManyRequests } from "../aws-errors.ts";

/**
 * AWS's answer when the event did not reach the function: throttling when nothing was free in time, a 5xx with the
 * cluster's reason otherwise. Clients may send the event again.
 */
export function infrastructureError(error: unknown): unknown {
  if (!FcError.isInstance(error) || AwsError.isInstance(error)) return error;
  switch (error.code) {
    case "FC_LAMBDA_QUEUE_FULL":
    case "FC_LAMBDA_QUEUE_TIMEOUT":
      return tooManyRequests("ConcurrentInvocationLimitExceeded", `Rate Exceeded. ${error.message}`);
    case "FC_LAMBDA_RUNTIME_UNSUPPORTED":
      return new AwsError("InvalidRuntimeException", error.message, { members: { Type: "User" }, cause: error });
    default:
      return new AwsError("ServiceException", failureText(error), { members: { Type: "Service" }, cause: error });
  }
}

/** The cluster's reason and everything that is known about it, on one line. */
export function failureText(error: unknown): string {
  const reason = FcError.isInstance(error) ? error.details["reason"] : undefined;
  const text = errorText(error);
  return typeof reason === "string" && !text.includes(reason) ? `${reason}: ${text}` : text;
}
