/**
 * The AWS Lambda Runtime API (2018-06-01): a runtime in a Pod or process dials in, fetches its code through a gate, and runs
 * invocations. Node's own `http`, no other dependency.
 *
 * @packageDocumentation
 */
export { listenerOptions, RuntimeApi, type RuntimeApiOptions } from "./runtime-api.ts";
export type { EndReport, RuntimeSession, SessionOptions } from "./runtime-session.ts";
