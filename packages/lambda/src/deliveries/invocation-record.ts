import type { DestinationMessage } from "../event-sources/event-destinations.ts";

/** What came of an asynchronous event in the end. */
export interface FinishedEvent {
  readonly requestId: string;
  /** Qualified. */
  readonly functionArn: string;
  readonly condition: "Success" | "RetriesExhausted" | "EventAgeExceeded";
  readonly invokeCount: number;
  /** JSON. */
  readonly payload: string;
  /** Of the last run; absent when the function never ran. */
  readonly response?: FunctionResponse;
  readonly finishedAtMs: number;
}

export interface FunctionResponse {
  readonly executedVersion: string;
  readonly failed: boolean;
  /** JSON. */
  readonly payload: string;
}

/**
 * What a destination gets: AWS's invocation record.
 * @param objectKey where it goes in a bucket
 */
export function invocationRecord(
  event: FinishedEvent,
  destinationArn: string,
  objectKey: string | undefined,
): DestinationMessage {
  const { response } = event;
  const body = JSON.stringify({
    version: "1.0",
    timestamp: new Date(event.finishedAtMs).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: event.functionArn,
      condition: event.condition,
      approximateInvokeCount: event.invokeCount,
    },
    requestPayload: parsed(event.payload),
    ...(response === undefined
      ? {}
      : { responseContext: responseContext(response), responsePayload: parsed(response.payload) }),
  });
  const outcome = event.condition === "Success" ? "Success" : "Failure";
  return {
    body,
    ...(objectKey === undefined ? {} : { objectKey }),
    event: {
      source: "lambda",
      detailType: `Lambda Function Invocation Result - ${outcome}`,
      resources: [event.functionArn, destinationArn],
    },
  };
}

export function responseContext({ executedVersion, failed }: Omit<FunctionResponse, "payload">): object {
  return { statusCode: 200, executedVersion, ...(failed ? { functionError: "Unhandled" } : {}) };
}

/** What a dead-letter queue gets: the event itself, with what went wrong in attributes. */
export function deadLetter(event: FinishedEvent): DestinationMessage {
  const { response } = event;
  const error =
    response === undefined ? undefined : (parsed(response.payload) as { readonly errorMessage?: unknown } | null);
  const text = error?.errorMessage ?? "The event was not processed before it was too old.";
  return {
    body: event.payload,
    attributes: {
      RequestID: { type: "String", value: event.requestId },
      ErrorCode: { type: "Number", value: response === undefined ? "500" : "200" },
      ErrorMessage: { type: "String", value: firstKilobyte(typeof text === "string" ? text : JSON.stringify(text)) },
    },
  };
}

function firstKilobyte(text: string): string {
  const bytes = Buffer.from(text);
  // A character that is cut in two would be sent as a replacement character.
  return bytes.byteLength <= 1_024
    ? text
    : bytes
        .subarray(0, 1_024)
        .toString("utf8")
        .replace(/\uFFFD$/, "");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
