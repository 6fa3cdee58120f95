import { join } from "node:path";
import type { LaunchRequest } from "@fc/lambda/backend";

interface VariablesOptions {
  readonly request: LaunchRequest;
  readonly folder: string;
  readonly awsEndpointUrl: string;
  readonly path: string;
  readonly id: string;
}

/** The function's own variables under those that Lambda reserves; nothing of this process. */
export function functionVariables(options: VariablesOptions): Record<string, string> {
  const { request, folder, awsEndpointUrl, path, id } = options;
  const { spec, initializationType = "on-demand" } = request;
  return {
    PATH: path,
    TMPDIR: join(folder, "tmp"),
    AWS_ENDPOINT_URL: awsEndpointUrl,
    ...spec.environment,
    _HANDLER: spec.handler,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: spec.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_FORMAT: spec.logging?.format ?? "Text",
    ...(spec.logging?.applicationLevel !== undefined && { AWS_LAMBDA_LOG_LEVEL: spec.logging.applicationLevel }),
    AWS_LAMBDA_LOG_STREAM_NAME: id,
    AWS_ACCESS_KEY_ID: spec.account,
    AWS_SECRET_ACCESS_KEY: "process",
    AWS_SESSION_TOKEN: "process",
    LAMBDA_TASK_ROOT: join(folder, "var/task"),
    NODE_PATH: join(folder, "opt/nodejs/node_modules"),
  };
}
