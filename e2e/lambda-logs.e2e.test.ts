import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  type LambdaClient,
  type LoggingConfig,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient, quickly } from "./lib/clients.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node, zipOf } from "./lib/functions.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer } = functionGround();
const timeout = 60_000;
/** AWS's client throws the exception of an init phase once more when it has told of it, and Node.js reports that as text; the embedded cluster's does not. */
const thrown = process.env["FC_E2E_CLUSTER"] === "real" ? [["last words", undefined]] : [];
const lastWords =
  /^node:internal\/process\/promises:\d+\n.*\n +\^\n\nTypeError: no\n(?: {4}at .*\n)+\nNode\.js v[\d.]+$/gm;
const said =
  "export const handler = async () => { console.log('hello'); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };";

describe.skipIf(await lacksAwsEmulator())("the logs of real functions in an emulator of CloudWatch Logs", () => {
  let emulator: AwsEmulator;
  let server: ServerProcess;
  let client: LambdaClient;
  let logs: CloudWatchLogsClient;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    server = await startServer({ args: ["--lambda-logs-endpoint", emulator.url] });
    client = lambdaClient(server.url);
    logs = new CloudWatchLogsClient(emulator.clientConfig);
  });
  afterAll(async () => {
    logs?.destroy();
    await server?.[Symbol.asyncDispose]();
    await emulator?.[Symbol.asyncDispose]();
  });

  async function linesOf(logGroupName: string, logStreamName: string): Promise<readonly string[]> {
    const input = { logGroupName, logStreamName, startFromHead: true };
    const { events = [] } = await logs.send(new GetLogEventsCommand(input));
    return events.map(({ message = "" }) => message.trimEnd());
  }
  /** The lines of a stream, once its last invocation is in it. */
  async function whole(group: string, stream: string, last: RegExp): Promise<readonly string[]> {
    await expect
      .poll(() => linesOf(group, stream).catch(() => []), { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(last));
    return await linesOf(group, stream);
  }
  async function update(
    FunctionName: string,
    change: { LoggingConfig?: LoggingConfig; Layers?: string[] },
  ): Promise<void> {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...change }));
    await waitUntilFunctionUpdatedV2({ client, ...quickly }, { FunctionName });
  }

  test("are in the function's group and the stream that the function is told of, whole and in order", {
    timeout,
  }, async () => {
    await createFunction(client, node("said", said));
    const { payload: stream, log } = await invoke(client, "said", {}, { LogType: "Tail" });
    await invoke(client, "said");
    const lines = await whole("/aws/lambda/said", stream, /^REPORT .*(?<!Init Duration.*)$/);
    expect(lines.map((line) => line.replace(/^(\w+) RequestId: .*$/, "$1").replace(/^.*\tINFO\t/, ""))).toEqual([
      ...["START", "hello", "END", "REPORT"],
      ...["START", "hello", "END", "REPORT"],
    ]);
    expect(log.trimEnd().split("\n")[1]).toBe(lines[1]);
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: "/aws/lambda/said" }));
    expect(logStreams.map(({ logStreamName }) => logStreamName)).toEqual([stream]);
  });

  test("are JSON in a group of choice where LoggingConfig says so", { timeout }, async () => {
    await createFunction(client, node("structured", said));
    await update("structured", {
      LoggingConfig: { LogFormat: "JSON", LogGroup: "shared/group", SystemLogLevel: "DEBUG" },
    });
    const { payload: stream } = await invoke(client, "structured");
    const lines = (await whole("shared/group", stream, /platform\.report/)).map((line) => JSON.parse(line));
    expect(lines.map(({ type, level }) => type ?? level)).toEqual([
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.initReport",
      "platform.start",
      "INFO",
      "platform.runtimeDone",
      "platform.report",
    ]);
    expect(lines[4]).toMatchObject({ message: "hello", requestId: lines[3].record.requestId });
    expect(lines[6].record).toMatchObject({ status: "success", metrics: { memorySizeMB: 128 } });
    await update("structured", { LoggingConfig: { SystemLogLevel: "WARN", ApplicationLogLevel: "ERROR" } });
    const { log } = await invoke(client, "structured", {}, { LogType: "Tail" });
    expect(log).toBe("");
  });

  test("tell of an init phase that fails, and of the invocation that it fails", { timeout }, async () => {
    await createFunction(client, node("unloadable", "throw new TypeError('no');"));
    const linesIn = async (logGroupName: string): Promise<readonly string[]> => {
      const streamOf = async (): Promise<string | undefined> =>
        (await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams?.[0]?.logStreamName;
      await expect.poll(() => streamOf().catch(() => undefined), { timeout: 20_000 }).toBeDefined();
      return await whole(logGroupName, (await streamOf()) ?? "", /^REPORT |platform\.report/);
    };
    await invoke(client, "unloadable");
    const lines = (await linesIn("/aws/lambda/unloadable")).filter((line) => /^[A-Z_]+ /.test(line));
    expect(lines.map((line) => line.replace(/^(\w+) .*?(\tPhase: \w+|$).*$/, "$1$2"))).toEqual([
      ...["INIT_REPORT\tPhase: init", "START", "INIT_REPORT\tPhase: invoke", "END", "REPORT"],
    ]);
    await update("unloadable", { LoggingConfig: { LogFormat: "JSON", LogGroup: "unloadable" } });
    await invoke(client, "unloadable");
    const events = (await linesIn("unloadable"))
      .join("\n")
      .replace(lastWords, '{"level":"last words"}')
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ type, level, record }) => [type ?? level, record?.phase ?? record?.status])).toEqual([
      ["ERROR", undefined],
      ...thrown,
      ["platform.initRuntimeDone", "init"],
      ["platform.initReport", "init"],
      ["platform.start", undefined],
      ["ERROR", undefined],
      ...thrown,
      ["platform.initRuntimeDone", "invoke"],
      ["platform.initReport", "invoke"],
      ["platform.runtimeDone", "error"],
      ["platform.report", "error"],
    ]);
  });

  test("have what extensions in layers write, and that they are ready", { timeout }, async () => {
    const extension = `#!/usr/bin/env node
const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
(async () => {
  const registered = await fetch(base + "register", { method: "POST", headers: { "Lambda-Extension-Name": "watch" }, body: '{"events":["INVOKE"]}' });
  const headers = { "Lambda-Extension-Identifier": registered.headers.get("Lambda-Extension-Identifier") };
  for (;;) {
    const event = await (await fetch(base + "event/next", { headers })).json();
    console.log("told of " + event.requestId);
  }
})();
`;
    const Content = { ZipFile: await zipOf({ "extensions/watch": extension }) };
    const { LayerVersionArn = "" } = await client.send(new PublishLayerVersionCommand({ LayerName: "watch", Content }));
    await createFunction(client, node("watched", said));
    await update("watched", { Layers: [LayerVersionArn] });
    const { payload: stream } = await invoke(client, "watched");
    const lines = await whole("/aws/lambda/watched", stream, /^told of /);
    expect(lines[0]).toBe("EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE]");
    const id = /^START RequestId: (\S+)/.exec(lines[1] ?? "")?.[1];
    expect(lines).toContain(`told of ${id}`);
  });
});
