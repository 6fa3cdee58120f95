import { integer, type SettingsTable } from "@fc/core";

/** What an operator can set about running functions. */
export interface LambdaSettings {
  readonly maxConcurrency: number;
  readonly maxEnvironments: number;
  readonly queueSize: number;
  readonly queueTimeoutSeconds: number;
  readonly keepAliveSeconds: number;
  readonly initTimeoutMs: number;
  readonly launchTimeoutSeconds: number;
  readonly accountConcurrency: number;
  readonly streamedResponseBytes: number;
  readonly invocationHistory: number;
}

/** The `FAKECLOUD_LAMBDA_*` settings of this package. */
export const lambdaSettings: SettingsTable<LambdaSettings> = {
  maxConcurrency: {
    name: "FAKECLOUD_LAMBDA_MAX_CONCURRENCY",
    parse: integer({ min: 1 }),
    default: 100,
    doc: "Execution environments of one function, all versions together. Further invocations wait.",
  },
  maxEnvironments: {
    name: "FAKECLOUD_LAMBDA_MAX_ENVIRONMENTS",
    parse: integer({ min: 1 }),
    default: 500,
    doc: "Execution environments of all functions. At the limit the one that has been idle longest makes room.",
  },
  queueSize: {
    name: "FAKECLOUD_LAMBDA_QUEUE_SIZE",
    parse: integer({ min: 1 }),
    default: 1_000,
    doc: "Invocations that may wait for an environment; more are throttled (429).",
  },
  queueTimeoutSeconds: {
    name: "FAKECLOUD_LAMBDA_QUEUE_TIMEOUT_SECONDS",
    parse: integer({ min: 1 }),
    default: 300,
    doc: "Seconds that an invocation waits for an environment before it is throttled (429).",
  },
  keepAliveSeconds: {
    name: "FAKECLOUD_LAMBDA_KEEP_ALIVE_SECONDS",
    parse: integer({ min: 0 }),
    default: 300,
    doc: "Seconds that an idle environment is kept for the next invocation.",
  },
  initTimeoutMs: {
    name: "FAKECLOUD_LAMBDA_INIT_TIMEOUT_MS",
    parse: integer({ min: 1 }),
    default: 10_000,
    doc: "Milliseconds that the init phase of a function may take.",
  },
  launchTimeoutSeconds: {
    name: "FAKECLOUD_LAMBDA_LAUNCH_TIMEOUT_SECONDS",
    parse: integer({ min: 1 }),
    default: 120,
    doc: "Seconds to make an execution environment. They begin anew while an image is pulled.",
  },
  accountConcurrency: {
    name: "FAKECLOUD_LAMBDA_ACCOUNT_CONCURRENCY",
    parse: integer({ min: 101 }),
    default: 1_000,
    doc: "Concurrent executions of one account in one region; further invocations are throttled (429).",
  },
  streamedResponseBytes: {
    name: "FAKECLOUD_LAMBDA_STREAMED_RESPONSE_BYTES",
    parse: integer({ min: 1 }),
    default: 209_715_200,
    doc: "Bytes of a streamed response; a larger one ends as Function.ResponseSizeTooLarge. The default is AWS's limit since July 2025, before that it was 20971520.",
  },
  invocationHistory: {
    name: "FAKECLOUD_LAMBDA_INVOCATION_HISTORY",
    parse: integer({ min: 0, max: 1_000_000 }),
    default: 1_000,
    doc: "How many of the last invocations `/_fakecloud/lambda/invocations` tells, without their payloads. 0: none.",
  },
};

/** Every setting at its default. */
export function defaultLambdaSettings(): LambdaSettings {
  return Object.fromEntries(
    Object.entries(lambdaSettings).map(([key, setting]) => [key, setting.default]),
  ) as unknown as LambdaSettings;
}
