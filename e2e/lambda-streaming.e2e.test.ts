import { InvokeCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { environmentsOf } from "./lib/environments.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, node } from "./lib/functions.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer } = functionGround();
let server: ServerProcess;
let client: ReturnType<typeof lambdaClient>;
beforeAll(async () => {
  server = await startServer();
  client = lambdaClient(server.url);
  await createFunction(
    client,
    node(
      "streams",
      `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const flood = Buffer.alloc(65536, "x");
  for (let left = event.flood ?? 0; left > 0; left -= 1) if (!stream.write(flood)) await new Promise((done) => stream.once("drain", done));
  if (event.early) throw new TypeError("early");
  stream.write("first ");
  if (event.late) { await new Promise((done) => setImmediate(done)); throw new RangeError("late"); }
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  stream.write("second");
  stream.end();
});`,
      { timeout: 2 },
    ),
  );
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function stream(event: unknown): Promise<{ text: string; complete: unknown }> {
  const answer = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName: "streams", Payload: Buffer.from(JSON.stringify(event)) }),
  );
  let text = "";
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
    if (InvokeComplete !== undefined) return { text, complete: InvokeComplete };
    text += Buffer.from(PayloadChunk?.Payload ?? []).toString();
  }
  throw new Error("no InvokeComplete");
}

test("a Node.js function streams its answer", async () => {
  expect(await stream({})).toEqual({ text: "first second", complete: {} });
});

test("an error before the first write, and one after it, come with the type that was thrown", async () => {
  expect(await stream({ early: true })).toMatchObject({ text: "", complete: { ErrorCode: "TypeError" } });
  const late = await stream({ late: true });
  expect(late).toMatchObject({ text: "first ", complete: { ErrorCode: "RangeError" } });
  expect(late.complete).toHaveProperty("ErrorDetails", expect.stringContaining('"errorMessage":"late"'));
  // The environment is as good as before.
  expect((await stream({})).text).toBe("first second");
});

test("a function that overruns its time in the middle ends its stream so", async () => {
  expect(await stream({ hang: true })).toMatchObject({ text: "first ", complete: { ErrorCode: "Sandbox.Timedout" } });
});

test("Invoke gives the whole", async () => {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: "streams" }));
  expect(Buffer.from(Payload ?? []).toString()).toBe("first second");
});

test("a caller that does not read holds the function up, and little of its answer is kept", async () => {
  const Payload = Buffer.from(JSON.stringify({ flood: 1_024 }));
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "streams", Payload }));
  // The function gets no further, until its time is over and its environment free again.
  const states = async (): Promise<readonly string[]> => (await environmentsOf(server)).map(({ state }) => state);
  expect(await states()).toEqual(["busy"]);
  await expect.poll(states, { timeout: 30_000, interval: 100 }).toEqual(["idle"]);
  let bytes = 0;
  let code: string | undefined;
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
    bytes += PayloadChunk?.Payload?.byteLength ?? 0;
    code = InvokeComplete?.ErrorCode;
  }
  expect(code).toBe("Sandbox.Timedout");
  // All that was kept on the way, in the server and in the buffers of the kernel, of 64 MiB.
  expect(bytes).toBeLessThan(24 * 1024 * 1024);
});

test("the limit of a streamed response can be set, to 20 MiB as it once was, and holds to the byte", async () => {
  await using own = await startServer({ environment: { FAKECLOUD_LAMBDA_STREAMED_RESPONSE_BYTES: "20971520" } });
  const lambda = lambdaClient(own.url);
  const source = `export const handler = awslambda.streamifyResponse(async ({ bytes }, stream) => {
  stream.write(Buffer.alloc(bytes, "x"));
  stream.end();
});`;
  await createFunction(lambda, node("limited", source, { timeout: 30 }));
  const answer = async (bytes: number): Promise<unknown> => {
    const Payload = Buffer.from(JSON.stringify({ bytes }));
    const input = { FunctionName: "limited", Payload };
    const { EventStream = [] } = await lambda.send(new InvokeWithResponseStreamCommand(input));
    let size = 0;
    let code: string | undefined;
    for await (const { PayloadChunk, InvokeComplete } of EventStream) {
      size += PayloadChunk?.Payload?.byteLength ?? 0;
      code = InvokeComplete?.ErrorCode;
    }
    return { whole: size === bytes, code };
  };
  expect(await answer(20_971_520)).toEqual({ whole: true, code: undefined });
  expect(await answer(20_971_521)).toEqual({ whole: false, code: "Function.ResponseSizeTooLarge" });
});
