import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  type LoggingConfig,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";

const configured = async ({ client }: Harness): Promise<LoggingConfig | undefined> =>
  (await client.send(new GetFunctionConfigurationCommand({ FunctionName: "f" }))).LoggingConfig;

describe("the LoggingConfig of a function", () => {
  test("is text in the function's own group unless it says otherwise, and has no levels then", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig);
    expect(await configured(rig)).toEqual({ LogFormat: "Text", LogGroup: "/aws/lambda/f" });
  });

  test("has both levels at INFO with the format JSON, and keeps what an update does not name", async () => {
    const rig = lambdaHarness();
    await makeFunction(rig, { LoggingConfig: { LogFormat: "JSON", LogGroup: "shared/group" } });
    const first = { LogFormat: "JSON", LogGroup: "shared/group", ApplicationLogLevel: "INFO", SystemLogLevel: "INFO" };
    expect(await configured(rig)).toEqual(first);
    const update = async (LoggingConfig: LoggingConfig): Promise<LoggingConfig | undefined> => {
      await rig.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "f", LoggingConfig }));
      await rig.settle();
      return await configured(rig);
    };
    expect(await update({ SystemLogLevel: "WARN" })).toEqual({ ...first, SystemLogLevel: "WARN" });
    expect(await update({ LogFormat: "Text" })).toEqual({ LogFormat: "Text", LogGroup: "shared/group" });
  });

  test.each([
    [{ ApplicationLogLevel: "WARN" }, 'LogLevel is not supported when LogFormat is set to "Text".'],
    [{ LogFormat: "Text", SystemLogLevel: "INFO" }, 'LogLevel is not supported when LogFormat is set to "Text".'],
    [{ LogFormat: "XML" }, "loggingConfig.logFormat"],
    [{ LogFormat: "JSON", SystemLogLevel: "ERROR" }, "loggingConfig.systemLogLevel"],
    [{ LogGroup: "with blanks" }, "loggingConfig.logGroup"],
  ])("is refused as %j", async (LoggingConfig, message) => {
    const { client } = lambdaHarness();
    const input = {
      FunctionName: "f",
      Role: "arn:aws:iam::000000000000:role/r",
      Runtime: "nodejs22.x",
      Handler: "a.b",
    };
    const command = new CreateFunctionCommand({
      ...input,
      Runtime: "nodejs22.x",
      Code: { ZipFile: Buffer.from("") },
      LoggingConfig: LoggingConfig as LoggingConfig,
    });
    await expect(client.send(command)).rejects.toThrow(message);
  });
});
