import type { ErrorTable } from "./error-table.ts";

export const lambdaErrors: ErrorTable = {
  FC_LAMBDA_LAUNCH_FAILED: [
    "no execution environment could be made; `details.reason` is Kubernetes' reason. Callers see `ServiceException`, the function's `StateReason` has it, too",
    "by the reason: `ErrImagePull` an image that nodes can pull, `Unschedulable` room, `ServerUnreachable` `FAKECLOUD_K8S_SELF_URL`, `Forbidden` quota or Role",
  ],
  FC_LAMBDA_INIT_FAILED: [
    "the init phase of the function failed: callers see AWS's function error (`Runtime.ImportModuleError`, `Runtime.ExitError`…)",
    "read the function's log",
  ],
  FC_LAMBDA_NOT_DELIVERED: [
    "an environment ended before its runtime saw the event",
    "nothing: it is given to another environment up to five times, then callers see `ServiceException` and may try again",
  ],
  FC_LAMBDA_RUNTIME_UNSUPPORTED: [
    "the backend has nothing that runs the function's runtime or image: `InvalidRuntimeException`",
    "use a runtime that the message names, or name an image for it: `FAKECLOUD_LAMBDA_K8S_IMAGES`",
  ],
  FC_LAMBDA_QUEUE_FULL: [
    "as many invocations wait for an environment as may: 429 `TooManyRequestsException`",
    "send less at once, or raise `FAKECLOUD_LAMBDA_QUEUE_SIZE`",
  ],
  FC_LAMBDA_QUEUE_TIMEOUT: [
    "no environment came free in time: 429 `TooManyRequestsException`",
    "raise `FAKECLOUD_LAMBDA_MAX_CONCURRENCY`, `…_MAX_ENVIRONMENTS` or `…_QUEUE_TIMEOUT_SECONDS`",
  ],
  FC_LAMBDA_NO_ROOM: [
    "provisioned environments would be more than the limits allow; the status reason of the provisioned concurrency says it",
    "provision fewer, or raise `FAKECLOUD_LAMBDA_MAX_ENVIRONMENTS`",
  ],
  FC_LAMBDA_STOPPED: ["the service is being stopped, or was reset", "nothing: try again when it is up"],
  FC_LAMBDA_CODE_INVALID: [
    "an archive of code that was checked at upload cannot be unpacked for a Pod",
    "upload the code again; if it stays so, report it",
  ],
  FC_LAMBDA_CODE_LOST: [
    "the code of a function is not in the store any more",
    "was the data path restored in part? Upload the code again",
  ],
  FC_LAMBDA_URL_RESPONSE_INVALID: [
    "what a function answered to its URL is no HTTP response: callers see 502",
    "answer with `{statusCode, headers, body}`",
  ],
  FC_EVENT_SOURCE_NOT_CONFIGURED: [
    "queues, streams, topics, buckets or logs are asked for, and no setting says where they are",
    "set `FAKECLOUD_EVENT_SOURCE_ENDPOINT` ([event-sources.md](event-sources.md))",
  ],
  FC_EVENT_SOURCE_NOT_FOUND: ["that endpoint has no such queue, stream, topic, bus or object", "make it there first"],
  FC_EVENT_SOURCE_UNSUPPORTED: ["an ARN is none that can be read or written here", "see [limits.md](limits.md)"],
  FC_EVENT_SOURCE_FAILED: [
    "that endpoint refused or did not answer; the message is its own",
    "it is tried again; look at the endpoint and its credentials",
  ],
};
