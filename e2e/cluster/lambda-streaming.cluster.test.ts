import { randomBytes } from "node:crypto";
import { CreateFunctionUrlConfigCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "../lib/clients.ts";
import { createFunction, node } from "../lib/functions.ts";
import { createNamespace, kubectl, startServerOnCluster } from "../lib/server-on-cluster.ts";
import type { ServerProcess } from "../lib/server-process.ts";

const namespace = `fc-e2e-stream-${randomBytes(4).toString("hex")}`;
const source = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath !== undefined) stream = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { "content-type": "text/event-stream" }, cookies: ["a=1"] });
  stream.write("one ");
  if (event.hang) await new Promise((done) => setTimeout(done, 60000));
  if (event.late) await new Promise((done) => stream.write("more", done));
  if (event.late) throw new RangeError("late");
  stream.write("two");
  stream.end();
});`;

describe("AWS's own Node.js runtime client in a Pod", () => {
  let server: ServerProcess;
  let client: ReturnType<typeof lambdaClient>;
  beforeAll(async () => {
    await createNamespace(namespace);
    server = await startServerOnCluster(namespace);
    client = lambdaClient(server.url);
    await createFunction(client, node("streams", source, { timeout: 2 }));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

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

  test("streams its answer", async () => {
    expect(await stream({})).toEqual({ text: "one two", complete: {} });
  });

  test("reports an error behind what it wrote", async () => {
    const { text, complete } = await stream({ late: true });
    expect(text).toBe("one more");
    expect(complete).toMatchObject({ ErrorCode: "RangeError", ErrorDetails: expect.stringContaining("late") });
  });

  test("is heard before it is done: what it wrote before its timeout is there", async () => {
    expect(await stream({ hang: true })).toMatchObject({ text: "one ", complete: { ErrorCode: "Sandbox.Timedout" } });
  });

  test("streams behind a function URL, with status, headers and cookies of its own", async () => {
    const { FunctionUrl = "" } = await client.send(
      new CreateFunctionUrlConfigCommand({
        FunctionName: "streams",
        AuthType: "NONE",
        InvokeMode: "RESPONSE_STREAM",
      }),
    );
    const [urlId] = new URL(FunctionUrl).hostname.split(".");
    const answer = await fetch(`${server.url}/_fakecloud/lambda/url/${urlId}/`);
    expect([answer.status, answer.headers.get("content-type"), answer.headers.getSetCookie()]).toEqual([
      202,
      "text/event-stream",
      ["a=1"],
    ]);
    expect(await answer.text()).toBe("one two");
  });
});
