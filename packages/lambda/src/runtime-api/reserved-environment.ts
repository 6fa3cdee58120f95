import type { FunctionSpec, InitializationType } from "../backend/index.ts";

export interface FunctionEnvironment {
  /** Set whatever the image says. */
  readonly env: Readonly<Record<string, string>>;
  /** Set only when the image does not: folders, which differ where Pods are processes without a root of their own. */
  readonly defaults: Readonly<Record<string, string>>;
}

/**
 * A function's environment: its own variables under the ones that Lambda reserves ("Defined runtime environment variables"
 * of the Lambda guide). `AWS_LAMBDA_RUNTIME_API` is the environment's own and not here.
 */
export function functionEnvironment(
  spec: FunctionSpec,
  options: {
    readonly awsEndpointUrl: string;
    readonly logStreamName: string;
    readonly initializationType?: InitializationType | undefined;
  },
): FunctionEnvironment {
  return {
    env: {
      TZ: ":UTC",
      LANG: "en_US.UTF-8",
      AWS_ENDPOINT_URL: options.awsEndpointUrl,
      AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
      AWS_XRAY_DAEMON_ADDRESS: "169.254.79.129:2000",
      ...spec.environment,
      // An image's runtime client is told its handler by the image's command.
      ...(spec.image === undefined ? { _HANDLER: spec.handler } : {}),
      AWS_REGION: spec.region,
      AWS_DEFAULT_REGION: spec.region,
      // The guide: not defined for OS-only runtimes.
      ...(spec.runtime.startsWith("provided")
        ? {}
        : { AWS_EXECUTION_ENV: `AWS_Lambda_${spec.image === undefined ? spec.runtime : "Image"}` }),
      AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: spec.version,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memorySizeMb),
      AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
      AWS_LAMBDA_LOG_STREAM_NAME: options.logStreamName,
      ...loggingVariables(spec),
      AWS_LAMBDA_INITIALIZATION_TYPE: options.initializationType ?? "on-demand",
      // The access key id names the account, so that calls back land in the function's own account.
      AWS_ACCESS_KEY_ID: spec.account,
      AWS_SECRET_ACCESS_KEY: "fakecloud",
      AWS_SESSION_TOKEN: "fakecloud",
    },
    defaults: {
      LAMBDA_TASK_ROOT: "/var/task",
      LAMBDA_RUNTIME_DIR: "/var/runtime",
      PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
      LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    },
  };
}

/** What AWS's runtime clients write their log by. */
function loggingVariables({ logging }: FunctionSpec): Readonly<Record<string, string>> {
  const { format = "Text", applicationLevel } = logging ?? {};
  return {
    AWS_LAMBDA_LOG_FORMAT: format,
    ...(applicationLevel === undefined ? {} : { AWS_LAMBDA_LOG_LEVEL: applicationLevel }),
  };
}

/** `2026/11/24/[$LATEST]<32 hexadecimal digits>`, as Lambda names its log streams. */
export function logStreamName(version: string, nowMs: number, id: string): string {
  return `${new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/")}/[${version}]${id}`;
}
