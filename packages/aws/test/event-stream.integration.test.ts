import {
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamResponseEvent,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { deferred } from "@fc/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEndpoint, type TestEndpoint } from "./support/test-endpoint.ts";

let endpoint: TestEndpoint;
let client: LambdaClient;
let events: () => AsyncIterable<unknown>;

beforeAll(async () => {
  endpoint = await startEndpoint({
    lambda: { InvokeWithResponseStream: () => ({ StatusCode: 200, ExecutedVersion: "7", EventStream: events() }) },
  });
  client = newClient();
});
afterAll(async () => {
  client.destroy();
  await endpoint[Symbol.asyncDispose]();
});

function newClient(): LambdaClient {
  const credentials = { accessKeyId: "123456789012", secretAccessKey: "secret" };
  return new LambdaClient({ endpoint: endpoint.url, region: "eu-west-1", credentials, maxAttempts: 1 });
}

async function invoke(by = client): Promise<{
  version: string | undefined;
  stream: AsyncIterable<InvokeWithResponseStreamResponseEvent>;
}> {
  const answer = await by.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }));
  if (answer.EventStream === undefined) throw new Error("no stream");
  return { version: answer.ExecutedVersion, stream: answer.EventStream };
}

describe("a response stream", () => {
  test("brings chunks of any size and its end to the SDK", async () => {
    const chunks = [new Uint8Array(), new Uint8Array([0, 255]), new Uint8Array(70_000).fill(7)];
    events = async function* () {
      for (const Payload of chunks) yield { PayloadChunk: { Payload } };
      yield { InvokeComplete: { ErrorCode: "Unhandled", ErrorDetails: "ü", LogResult: "bG9n" } };
    };
    const { version, stream } = await invoke();
    const received: unknown[] = [];
    for await (const event of stream) received.push(event.PayloadChunk?.Payload ?? event.InvokeComplete);
    expect(version).toBe("7");
    expect(received.slice(0, 3).map((item) => Buffer.from(item as Uint8Array))).toEqual(
      chunks.map((chunk) => Buffer.from(chunk)),
    );
    expect(received[3]).toEqual({ ErrorCode: "Unhandled", ErrorDetails: "ü", LogResult: "bG9n" });
  });

  test("sends each chunk before the next one exists", async () => {
    const first = deferred<void>();
    events = async function* () {
      yield { PayloadChunk: { Payload: Buffer.from("one") } };
      await first.promise;
      yield { InvokeComplete: {} };
    };
    const { stream } = await invoke();
    const received: string[] = [];
    for await (const event of stream) {
      received.push(
        event.PayloadChunk === undefined ? "end" : Buffer.from(event.PayloadChunk.Payload ?? []).toString(),
      );
      first.resolve();
    }
    expect(received).toEqual(["one", "end"]);
  });

  test("that fails half way ends with an error that hides its cause", async () => {
    events = async function* () {
      yield { PayloadChunk: { Payload: Buffer.from("one") } };
      throw new Error("the password is hunter2");
    };
    const { stream } = await invoke();
    const reading = (async () => {
      for await (const _event of stream);
    })();
    await expect(reading).rejects.toMatchObject({
      name: "ServiceException",
      message: expect.not.stringContaining("hunter2"),
    });
  });

  test("stops the handler's source when the client goes away", async () => {
    const stopped = deferred<void>();
    events = async function* () {
      try {
        for (;;) yield { PayloadChunk: { Payload: new Uint8Array(100_000) } };
      } finally {
        stopped.resolve();
      }
    };
    const leaving = newClient();
    const { stream } = await invoke(leaving);
    for await (const _event of stream) break;
    leaving.destroy();
    await stopped.promise;
  });
});
