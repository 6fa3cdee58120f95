/**
 * What a Lambda backend implements: types and its error, nothing else.
 *
 * @packageDocumentation
 */
export type {
  EnvironmentEnd,
  EnvironmentHandle,
  EnvironmentLog,
  ExecutionEnvironment,
  InitializationType,
  Invocation,
  InvocationResult,
  LambdaBackend,
  LaunchOptions,
  LaunchRequest,
  LogLine,
  ResponseSink,
} from "./backend.ts";
export { BackendError, type BackendErrorCode } from "./backend-error.ts";
export type { CodeFile, CodePackage, FunctionImage, FunctionLogging, FunctionSpec } from "./function-spec.ts";
export type { PoolState } from "./pool-state.ts";
