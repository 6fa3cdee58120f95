/**
 * The AWS Lambda Runtime API (2018-06-01): a runtime in a Pod or process dials in, fetches its code through a gate, and runs
 * invocations. Node's own `http`, no other dependency.
 *
 * @packageDocumentation
 */

export { exitError, type FunctionError, reportedError } from "./function-error.ts";
export { listenerOptions } from "./listener-options.ts";
export type { LogMode } from "./log-capture.ts";
export type { FunctionEnvironment } from "./reserved-environment.ts";
export { RuntimeApi, type RuntimeApiOptions } from "./runtime-api.ts";
export type { EndReport, RuntimeSession, SessionOptions } from "./runtime-session.ts";
export type { Completion, Poll, RuntimeSide } from "./runtime-side.ts";
