/**
 * The AWS Lambda control plane and invocation over a pluggable backend: `createLambda` gives a service for the gateway of
 * `@fc/aws`.
 *
 * @packageDocumentation
 */
export { awsCodeLimits, type CodeLimits } from "./code/code-limits.ts";
export { createLambda, type LambdaOptions } from "./create-lambda.ts";
export type { EnvironmentRow, EventSourceMappingRow, FunctionRow, InvocationRow } from "./introspection.ts";
export type { InvocationEnd, InvocationReport, InvocationSource } from "./invocation/invocation-report.ts";
export type { Download, Lambda, LambdaHealth, LambdaQueues } from "./lambda.ts";
export { defaultLambdaSettings, type LambdaSettings, lambdaSettings } from "./lambda-settings.ts";
export type { FunctionUrls } from "./urls/function-urls.ts";
