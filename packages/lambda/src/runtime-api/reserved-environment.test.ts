import { describe, expect, test } from "vitest";
import type { FunctionSpec } from "../backend/index.ts";
import { functionEnvironment, logStreamName } from "./reserved-environment.ts";

const spec = {
  account: "111122223333",
  region: "eu-west-1",
  functionName: "hello",
  version: "7",
  runtime: "nodejs22.x",
  handler: "a.b",
  memorySizeMb: 512,
  environment: {},
  logGroup: "/aws/lambda/hello",
} as unknown as FunctionSpec;
const options = { awsEndpointUrl: "http://aws.test:4566", logStreamName: "stream" };

describe("a function's environment", () => {
  test("holds what Lambda reserves", () => {
    expect(functionEnvironment(spec, options).env).toEqual({
      TZ: ":UTC",
      LANG: "en_US.UTF-8",
      AWS_ENDPOINT_URL: "http://aws.test:4566",
      AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
      AWS_XRAY_DAEMON_ADDRESS: "169.254.79.129:2000",
      _HANDLER: "a.b",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
      AWS_LAMBDA_FUNCTION_NAME: "hello",
      AWS_LAMBDA_FUNCTION_VERSION: "7",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/hello",
      AWS_LAMBDA_LOG_STREAM_NAME: "stream",
      AWS_LAMBDA_LOG_FORMAT: "Text",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_ACCESS_KEY_ID: "111122223333",
      AWS_SECRET_ACCESS_KEY: "fakecloud",
      AWS_SESSION_TOKEN: "fakecloud",
    });
  });

  test("lets the function choose its endpoint and time zone, but not its identity", () => {
    const environment = { AWS_ENDPOINT_URL: "http://other", TZ: "Europe/Berlin", AWS_REGION: "moon", _HANDLER: "x.y" };
    expect(functionEnvironment({ ...spec, environment }, options).env).toMatchObject({
      AWS_ENDPOINT_URL: "http://other",
      TZ: "Europe/Berlin",
      AWS_REGION: "eu-west-1",
      _HANDLER: "a.b",
    });
  });

  test("says how logs are written, and from which level on where that is JSON", () => {
    const logging = { format: "JSON", applicationLevel: "WARN", systemLevel: "INFO" } as const;
    expect(functionEnvironment({ ...spec, logging }, options).env).toMatchObject({
      AWS_LAMBDA_LOG_FORMAT: "JSON",
      AWS_LAMBDA_LOG_LEVEL: "WARN",
    });
    expect(functionEnvironment(spec, options).env).not.toHaveProperty("AWS_LAMBDA_LOG_LEVEL");
  });

  test("names no execution environment for OS-only runtimes", () => {
    expect(functionEnvironment({ ...spec, runtime: "provided.al2023" }, options).env).not.toHaveProperty(
      "AWS_EXECUTION_ENV",
    );
  });

  test("names log streams by day, version and environment", () => {
    expect(logStreamName("$LATEST", Date.UTC(2026, 10, 24), "abc")).toBe("2026/11/24/[$LATEST]abc");
  });
});
