import { FcError, type FcErrorOptions } from "@fc/core";

/**
 * - `FC_LAMBDA_INIT_FAILED`: the function's own code failed or overran in the init phase; `details.errorType` and
 *   `details.payload` (AWS's error JSON, as text) say how, `details.log` holds what it wrote.
 * - `FC_LAMBDA_LAUNCH_FAILED`: the infrastructure could not make the environment; `details.reason` is the cluster's reason
 *   (`ErrImagePull`, `Unschedulable`, `Forbidden`…). When the environment was there and ended, `details.end` is how.
 * - `FC_LAMBDA_NOT_DELIVERED`: the environment ended before its runtime saw the event. Safe to try again elsewhere.
 * - `FC_LAMBDA_RUNTIME_UNSUPPORTED`: the backend has no image or program for this runtime.
 */
export type BackendErrorCode =
  | "FC_LAMBDA_INIT_FAILED"
  | "FC_LAMBDA_LAUNCH_FAILED"
  | "FC_LAMBDA_NOT_DELIVERED"
  | "FC_LAMBDA_RUNTIME_UNSUPPORTED";

/** What a {@link LambdaBackend} throws. */
export class BackendError extends FcError {
  constructor(code: BackendErrorCode, message: string, options: FcErrorOptions = {}) {
    super(code, message, options);
  }
}
