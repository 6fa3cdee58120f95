import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { type Harness, lambdaHarness } from "../../test/support/lambda-harness.ts";
import { makeFunction } from "../../test/support/make-function.ts";
import { MemoryFault, type MemoryFunction, MemoryStreamedResponse } from "../testing/index.ts";

interface Streamed {
  readonly chunks: readonly string[];
  readonly complete: { readonly ErrorCode?: string; readonly ErrorDetails?: string; readonly LogResult?: string };
}

async function stream(rig: Harness, input: Partial<InvokeWithResponseStreamCommandInput> = {}): Promise<Streamed> {
  const answer = await rig.client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f", ...input }));
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  const chunks: string[] = [];
  let complete: Streamed["complete"] | undefined;
  for await (const event of answer.EventStream ?? []) {
    expect(complete).toBeUndefined();
    if (event.PayloadChunk !== undefined) chunks.push(Buffer.from(event.PayloadChunk.Payload ?? []).toString());
    else complete = event.InvokeComplete as Streamed["complete"];
  }
  if (complete === undefined) throw new Error("the stream ended without InvokeComplete");
  return { chunks, complete };
}

async function rigOf(f: MemoryFunction): Promise<Harness> {
  const rig = lambdaHarness({ handlers: { f } });
  await makeFunction(rig);
  return rig;
}

const streaming =
  (chunks: () => AsyncGenerator<string>): MemoryFunction =>
  () =>
    new MemoryStreamedResponse(chunks());

describe("InvokeWithResponseStream", () => {
  test("gives each chunk as it was written, then the log", async () => {
    const rig = await rigOf((_event, context) => {
      context.log("said\n");
      return new MemoryStreamedResponse(
        (async function* () {
          yield "one ";
          yield "two";
        })(),
      );
    });
    const { chunks, complete } = await stream(rig, { LogType: "Tail" });
    expect(chunks).toEqual(["one ", "two"]);
    expect(complete.ErrorCode).toBeUndefined();
    expect(Buffer.from(complete.LogResult ?? "", "base64").toString()).toMatch(/^START .*\nsaid\nEND .*\nREPORT /);
  });

  test("a function that does not stream gives one chunk", async () => {
    const rig = await rigOf((event) => ({ got: event }));
    expect(await stream(rig, { Payload: Buffer.from('{"a":1}') })).toEqual({
      chunks: ['{"got":{"a":1}}'],
      complete: {},
    });
  });

  test("an error of the function is in the last event", async () => {
    const rig = await rigOf(() => {
      throw new TypeError("no");
    });
    const { chunks, complete } = await stream(rig);
    expect(chunks).toEqual([]);
    expect(complete).toMatchObject({
      ErrorCode: "TypeError",
      ErrorDetails: '{"errorType":"TypeError","errorMessage":"no"}',
    });
  });

  test.each([
    ["crash", "Runtime.ExitError", /^\{.*Runtime exited with error: exit status 1"\}$/],
    ["timeout", "Sandbox.Timedout", /Task timed out after 3\.00 seconds/],
  ] as const)("a %s in the middle ends the stream with its error", async (kind, code, details) => {
    const rig = await rigOf(
      streaming(async function* () {
        yield "part";
        throw new MemoryFault(kind);
      }),
    );
    const { chunks, complete } = await stream(rig);
    expect(chunks).toEqual(["part"]);
    expect(complete.ErrorCode).toBe(code);
    expect(complete.ErrorDetails).toMatch(details);
  });

  test.each([
    [["12345", "67890"], { chunks: ["12345", "67890"], ErrorCode: undefined }],
    [["12345", "678901"], { chunks: ["12345"], ErrorCode: "Function.ResponseSizeTooLarge" }],
  ])("a limit of ten bytes holds for %j", async (written, { chunks, ErrorCode }) => {
    const handler = streaming(async function* () {
      yield* written;
    });
    const rig = lambdaHarness({ handlers: { f: handler }, limits: { streamedResponseBytes: 10 } });
    await makeFunction(rig);
    const answer = await stream(rig);
    expect([answer.chunks, answer.complete.ErrorCode]).toEqual([chunks, ErrorCode]);
  });

  test("what fails before the event is delivered is an error of the operation", async () => {
    const rig = lambdaHarness({ onLaunch: () => "launch-failed" });
    await makeFunction(rig);
    await expect(stream(rig)).rejects.toMatchObject({ name: "ServiceException" });
    await expect(stream(rig, { FunctionName: "g" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const { StatusCode } = await rig.client.send(
      new InvokeWithResponseStreamCommand({ FunctionName: "f", InvocationType: "DryRun" }),
    );
    expect(StatusCode).toBe(204);
  });

  test("a client that goes away leaves the function running and counted, and its environment warm", async () => {
    const gate = Promise.withResolvers<void>();
    let written = 0;
    const rig = await rigOf(
      streaming(async function* () {
        for (; written < 3; written += 1) yield "x";
        await gate.promise;
        yield "y";
      }),
    );
    const abort = new AbortController();
    const answer = await rig.client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }), {
      abortSignal: abort.signal,
    });
    for await (const _ of answer.EventStream ?? []) break;
    abort.abort();
    await rig.settle();
    expect(written).toBe(3);
    expect(rig.lambda.environments()).toMatchObject([{ state: "busy" }]);
    gate.resolve();
    await rig.settle();
    expect(rig.lambda.environments()).toMatchObject([{ state: "idle" }]);
  });

  test("a function writes no further than its caller reads", async () => {
    let written = 0;
    const rig = await rigOf(
      streaming(async function* () {
        for (; written < 1_000; written += 1) yield "x".repeat(65_536);
      }),
    );
    const answer = await rig.client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }));
    await rig.settle();
    // What HTTP and the client buffer; not the rest of 64 MB.
    expect(written).toBeLessThan(50);
    let bytes = 0;
    for await (const event of answer.EventStream ?? []) bytes += event.PayloadChunk?.Payload?.byteLength ?? 0;
    expect(bytes).toBe(65_536_000);
  });

  test("Invoke gives a streamed answer whole", async () => {
    const rig = await rigOf(
      streaming(async function* () {
        yield '{"a":';
        yield "1}";
      }),
    );
    const { Payload } = await rig.client.send(new InvokeCommand({ FunctionName: "f" }));
    expect(Buffer.from(Payload ?? []).toString()).toBe('{"a":1}');
  });
});
