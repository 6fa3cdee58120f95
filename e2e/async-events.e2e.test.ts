import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { lacksAwsEmulator } from "@fc-repo/aws-emulator";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type AwsServices, queueArn, startAwsServices } from "./lib/aws-services.ts";
import { lambdaClient } from "./lib/clients.ts";
import { startEventCollector } from "./lib/event-collector.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";

const { startServer, machineAddress } = functionGround();
const poll = { timeout: 60_000 };

/** URLs of queues. */
type Queues = Record<"good" | "bad" | "dead", string>;

describe.skipIf(await lacksAwsEmulator())("asynchronous events of real functions, with an emulator of SQS", () => {
  let services: AwsServices;
  beforeAll(async () => {
    services = await startAwsServices();
  });
  afterAll(() => services?.[Symbol.asyncDispose]());

  const send = async (client: LambdaClient, name: string, event: object): Promise<void> =>
    void expect((await invoke(client, name, event, { InvocationType: "Event" })).status).toBe(202);

  /** What arrives in a queue, each with its own attributes. */
  async function arrived(queueUrl: string): Promise<readonly object[]> {
    const messages = await services.receive(queueUrl);
    return messages.map(({ Body = "", MessageAttributes }) => ({ body: JSON.parse(Body), MessageAttributes }));
  }

  const outcome = `if (event.fail) throw new TypeError("no"); return { twice: event.n * 2 };`;

  /** Makes a function whose first failure is the last, with a queue for what succeeds, one for what fails, and one for dead letters. */
  async function makeFunction(client: LambdaClient, name: string, source: string): Promise<Queues> {
    const [good, bad, dead] = await Promise.all(
      ["good", "bad", "dead"].map((kind) => services.makeQueue(`${name}-${kind}`)),
    );
    const deadLetterArn = queueArn(`${name}-dead`);
    await createFunction(client, node(name, source, { deadLetterArn, timeout: 60 }));
    const DestinationConfig = {
      OnSuccess: { Destination: queueArn(`${name}-good`) },
      OnFailure: { Destination: queueArn(`${name}-bad`) },
    };
    const config = { FunctionName: name, DestinationConfig, MaximumRetryAttempts: 0 };
    await client.send(new PutFunctionEventInvokeConfigCommand(config));
    return { good: good ?? "", bad: bad ?? "", dead: dead ?? "" };
  }

  /** What the dead-letter queue has of an event. */
  const letter = (body: object): object => ({
    body,
    MessageAttributes: {
      RequestID: { DataType: "String", StringValue: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: { DataType: "String", StringValue: "no" },
    },
  });

  test("what a function makes of them arrives at its destination, and of those that fail also in its dead-letter queue", async () => {
    await using server = await startServer({ args: ["--event-source-endpoint", services.emulator.url] });
    const client = lambdaClient(server.url);
    const { good, bad, dead } = await makeFunction(
      client,
      "told",
      `export const handler = async (event) => { ${outcome} };`,
    );
    await send(client, "told", { n: 21 });
    expect(await arrived(good)).toMatchObject([
      {
        body: {
          requestContext: { condition: "Success", approximateInvokeCount: 1 },
          requestPayload: { n: 21 },
          responseContext: { statusCode: 200, executedVersion: "$LATEST" },
          responsePayload: { twice: 42 },
        },
      },
    ]);
    await send(client, "told", { fail: true });
    expect(await arrived(bad)).toMatchObject([
      {
        body: {
          requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 1 },
          requestPayload: { fail: true },
          responseContext: { functionError: "Unhandled" },
          responsePayload: { errorType: "TypeError", errorMessage: "no" },
        },
      },
    ]);
    expect(await arrived(dead)).toMatchObject([letter({ fail: true })]);
    expect(await services.messageCounts(good)).toEqual({ visible: 0, hidden: 1 });
  });

  test("after kill -9 the next server on the folder has those that ran and those that waited, and tells what became of them", async () => {
    await using collector = await startEventCollector(await machineAddress());
    const folder = await mkdtemp(join(tmpdir(), "fc-async-events-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const args = ["--event-source-endpoint", services.emulator.url, "--data-path", folder];
    const first = await startServer({ args });
    onTestFinished(() => first[Symbol.asyncDispose]());
    const client = lambdaClient(first.url);
    const { bad, dead } = await makeFunction(client, "kept", collector.handler(outcome));
    const one = { FunctionName: "kept", ReservedConcurrentExecutions: 1 };
    await client.send(new PutFunctionConcurrencyCommand(one));
    const running = collector.hold(1);
    await send(client, "kept", { fail: "ran" });
    await running;
    await send(client, "kept", { fail: "waited" });
    await first.stop("SIGKILL");

    await using second = await startServer({ args });
    const left = async (): Promise<unknown> => {
      const { lambda } = (await (await fetch(`${second.url}/_fakecloud/ready`)).json()) as {
        lambda: Record<"events" | "deliveries" | "failedDeliveries", number>;
      };
      return [lambda.events, lambda.deliveries, lambda.failedDeliveries];
    };
    await expect.poll(left, poll).toEqual([0, 0, 0]);
    expect(collector.events.map(({ fail }) => fail).sort()).toEqual(["ran", "ran", "waited"]);
    const both = [{ fail: "ran" }, { fail: "waited" }];
    expect(await arrived(dead)).toEqual(expect.arrayContaining(both.map((body) => expect.objectContaining({ body }))));
    expect(await services.messageCounts(dead)).toEqual({ visible: 0, hidden: 2 });
    expect(await services.messageCounts(bad)).toEqual({ visible: 2, hidden: 0 });
  });
});
