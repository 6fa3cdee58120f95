import { AwsError } from "@fc/aws";

const user = { Type: "User" } as const;

/** 400 in Lambda's own words. */
export function invalidParameter(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message, { members: user });
}

/** 404: a function, version, alias, layer or policy that is not there. */
export function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", message, { members: user });
}

/** 404 for a function; `arn` carries the qualifier that the caller used. */
export function functionNotFound(arn: string): AwsError {
  return notFound(`Function not found: ${arn}`);
}

/** 409. */
export function conflict(message: string): AwsError {
  return new AwsError("ResourceConflictException", message, { members: user });
}

/** 412 for functions and aliases. */
export function revisionMismatch(api = "GetFunction/GetAlias"): AwsError {
  return new AwsError(
    "PreconditionFailedException",
    `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
    { members: user },
  );
}

/** 429, with the limit that was reached. */
export function tooManyRequests(
  reason: "ReservedFunctionConcurrentInvocationLimitExceeded" | "ConcurrentInvocationLimitExceeded",
  message = "Rate Exceeded.",
): AwsError {
  return new AwsError("TooManyRequestsException", message, { members: { ...user, Reason: reason } });
}

/** 400 for what is wrong inside an invocation request. */
export function invalidRequestContent(message: string): AwsError {
  return new AwsError("InvalidRequestContentException", message, { members: user });
}

/** 501 for one feature of an operation that is otherwise there. */
export function notImplemented(feature: string): AwsError {
  return new AwsError("NotImplementedException", `${feature} is not implemented by this server yet`, {
    httpStatus: 501,
  });
}

/** 413. Lambda answers it under two names: this one for uploads, `RequestTooLargeException` for payloads. */
export function requestTooLarge(message: string): AwsError {
  return new AwsError("RequestEntityTooLargeException", message, { httpStatus: 413 });
}

/** 400: a resource that is changing now. */
export function inUse(message: string): AwsError {
  return new AwsError("ResourceInUseException", message, { members: user });
}
