import type { AwsError } from "../errors/aws-error.ts";
import type { ResolvedError } from "../errors/resolve-error.ts";
import type { AwsHttpRequest, AwsHttpResponse } from "../http/http.ts";
import type { OperationModel } from "../model/model.ts";
import type { Violation } from "../validation/violations.ts";

/** A request whose operation is known. `decode` may throw AwsError. */
export interface RoutedRequest {
  readonly operation: string;
  readonly model: OperationModel;
  decode(): Record<string, unknown>;
}

/** What differs between restJson1 and awsQuery; decoding and encoding are driven by the model. */
export interface ProtocolCodec {
  /** The operation by method and target alone, when the protocol can tell, for its body limit. */
  bodyLimit(request: AwsHttpRequest): { readonly bytes: number; readonly operation: string | undefined };
  /** Finds the operation. Throws AwsError when there is none. */
  route(request: AwsHttpRequest, body: Uint8Array): RoutedRequest;
  encode(routed: RoutedRequest, output: unknown, options: EncodeOptions): AwsHttpResponse;
  encodeError(error: ResolvedError, requestId: string): AwsHttpResponse;
  /** A required string of spaces counts as absent. */
  readonly blankIsMissing: boolean;
  validationError(violations: readonly [Violation, ...Violation[]]): AwsError;
  bodyTooLarge(limit: number, operation: string | undefined): AwsError;
  /** The operation is in the model and no handler implements it: 501. */
  notImplemented(operation: string): AwsError;
  internalError(message: string): AwsError;
}

export interface EncodeOptions {
  readonly requestId: string;
  /** Turns what an event stream threw into what the client may see. */
  readonly onStreamError: (error: unknown) => AwsError;
}
