import { FcError } from "@fc/core";

export interface AwsErrorOptions {
  /** Further members of the error's shape, by AWS's names: `{ Reason: "…", retryAfterSeconds: "1" }`. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Default: the model's for this code; 400 for codes that the model does not hold. */
  readonly httpStatus?: number;
  readonly cause?: unknown;
}

const marker = Symbol.for("fc.aws-error");

/**
 * The error that a handler throws to answer as AWS does. `code` is the shape's name (`ResourceNotFoundException`); the
 * protocol finds status, wire code and the casing of the message in the model.
 */
export class AwsError extends FcError {
  readonly members: Readonly<Record<string, unknown>>;
  readonly httpStatus: number | undefined;

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    const fault = (options.httpStatus ?? 400) < 500 ? "user" : "system";
    super(code, message, options.cause === undefined ? { fault } : { fault, cause: options.cause });
    this.members = options.members ?? {};
    this.httpStatus = options.httpStatus;
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for an {@link AwsError} of any copy of this package, and with this `code` when one is given. */
  static override isInstance(error: unknown, code?: string): error is AwsError {
    return FcError.isInstance(error, code) && Reflect.get(error, marker) === true;
  }
}
