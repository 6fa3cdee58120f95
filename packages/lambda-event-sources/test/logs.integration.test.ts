import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { LogEvent } from "@fc/lambda/event-sources";
import { type AwsEmulator, lacksAwsEmulator, startAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAwsLogDestination } from "../src/index.ts";
import { account, makeFunction, startRig } from "./support/rig.ts";

describe.skipIf(await lacksAwsEmulator())("the logs of functions in CloudWatch Logs", () => {
  let emulator: AwsEmulator;
  let logs: CloudWatchLogsClient;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    emulator = await startAwsEmulator();
    logs = new CloudWatchLogsClient(emulator.clientConfig);
  });
  afterAll(async () => {
    logs?.destroy();
    await emulator?.[Symbol.asyncDispose]();
  });

  const read = async (logGroupName: string, logStreamName: string): Promise<string[]> => {
    const input = { logGroupName, logStreamName, startFromHead: true };
    const { events = [] } = await logs.send(new GetLogEventsCommand(input));
    return events.map(({ message = "" }) => message);
  };
  const streamsOf = async (logGroupName: string): Promise<string[]> => {
    const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    return logStreams.map(({ logStreamName = "" }) => logStreamName);
  };
  const stream = { account, region: "us-east-1", group: "/aws/lambda/direct", name: "2026/01/01/[$LATEST]0" };
  const event = (message: string): LogEvent => ({ timeMs: Date.now(), message });

  test("are in the group of the function and a stream for every environment, between START and REPORT", async () => {
    const settings = { logsEndpoint: emulator.url };
    const handlers = { said: (_: unknown, { log }: { log: (text: string) => void }) => log("hello\nagain\n") };
    const rig = await startRig(emulator, handlers, { logDestination: createAwsLogDestination(settings) });
    await makeFunction(rig, "said");
    const { $metadata } = await rig.client.send(new InvokeCommand({ FunctionName: "said" }));
    // What is left is written before the service has ended.
    await rig[Symbol.asyncDispose]();
    const [name = "", ...others] = await streamsOf("/aws/lambda/said");
    expect(name).toMatch(/^\d{4}\/\d{2}\/\d{2}\/\[\$LATEST\][0-9a-f]{32}$/);
    expect(others).toEqual([]);
    const messages = await read("/aws/lambda/said", name);
    expect(messages).toEqual([
      `START RequestId: ${$metadata.requestId} Version: $LATEST\n`,
      "hello\n",
      "again\n",
      `END RequestId: ${$metadata.requestId}\n`,
      expect.stringMatching(/^REPORT RequestId: .*\tDuration: .* ms\t.*Init Duration: 5\.00 ms\t\n$/),
    ]);
  });

  test("go to a group and a stream that are made when they are written to, again when they are gone", async () => {
    await using destination = createAwsLogDestination({ logsEndpoint: emulator.url });
    await destination.put(stream, [event("one")], { signal });
    await destination.put({ ...stream, name: "second" }, [event("two")], { signal });
    await destination.put(stream, [event("three")], { signal });
    expect(await read(stream.group, stream.name)).toEqual(["one", "three"]);
    await logs.send(new DeleteLogGroupCommand({ logGroupName: stream.group }));
    await destination.put(stream, [event("four")], { signal });
    expect(await read(stream.group, stream.name)).toEqual(["four"]);
  });

  test("may be as much as one call takes", async () => {
    await using destination = createAwsLogDestination({ logsEndpoint: emulator.url });
    const { limits } = destination;
    const many = Array.from({ length: limits.events }, (_, n) => event(`line ${n}`));
    await destination.put({ ...stream, name: "many" }, many, { signal });
    const long = "x".repeat(limits.eventBytes - limits.overheadBytes);
    await destination.put({ ...stream, name: "long" }, [event(long), event(long), event(long), event(long)], {
      signal,
    });
    expect(await read(stream.group, "long")).toHaveLength(4);
  });

  test("are refused without an endpoint, with the setting's name, and told as failed where nobody answers", async () => {
    // The endpoint for events is none for logs: they are shipped only where that was asked for.
    await using nowhere = createAwsLogDestination({ endpoint: emulator.url });
    await expect(nowhere.put(stream, [event("")], { signal })).rejects.toMatchObject({
      code: "FC_EVENT_SOURCE_NOT_CONFIGURED",
      message: expect.stringContaining("FAKECLOUD_LAMBDA_LOGS_ENDPOINT"),
    });
    await using gone = createAwsLogDestination({ logsEndpoint: "http://127.0.0.1:1" });
    await expect(gone.put(stream, [event("")], { signal })).rejects.toMatchObject({
      code: "FC_EVENT_SOURCE_FAILED",
      retryable: true,
    });
  });
});
