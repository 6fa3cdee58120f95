import { expect, onTestFinished, test } from "vitest";
import type { FunctionSpec } from "../src/backend/index.ts";
import { RuntimeApi, type RuntimeSession } from "../src/runtime-api/index.ts";

const spec = { functionName: "hello", version: "1", timeoutSeconds: 3, environment: {} } as unknown as FunctionSpec;
const code = { files: [], sizeBytes: 0, content: async function* () {} };

function open(): { runtimeApi: RuntimeApi; session: RuntimeSession } {
  const runtimeApi = new RuntimeApi();
  onTestFinished(() => runtimeApi[Symbol.asyncDispose]());
  return {
    runtimeApi,
    session: runtimeApi.open({ spec, code, initTimeoutMs: 10_000, awsEndpointUrl: "http://aws.test" }),
  };
}

test("a listener of its own serves one environment under any name", async () => {
  const { runtimeApi, session } = open();
  const other = runtimeApi.open();
  const runtime = `http://${await runtimeApi.listen(session)}/2018-06-01/runtime/invocation`;
  session.codeArrived();
  const polled = fetch(`${runtime}/next`, { headers: { host: other.hostName } });
  await session.ready;
  const result = session.invoke({
    requestId: "r1",
    payload: Buffer.from("[1]"),
    deadlineMs: Date.now() + 60_000,
    invokedFunctionArn: "arn:hello",
  });
  expect(await (await polled).text()).toBe("[1]");
  await fetch(`${runtime}/r1/response`, { method: "POST", body: "[2]" });
  expect(Buffer.from((await result).payload).toString()).toBe("[2]");
});

test("a listener of its own is closed, with the runtime that waits, when its session has finished", async () => {
  const { runtimeApi, session } = open();
  const address = await runtimeApi.listen(session);
  const polled = fetch(`http://${address}/2018-06-01/runtime/invocation/next`);
  await session.ready;
  session.close();
  await expect(polled).rejects.toThrow();
  await session.finished;
  await expect(fetch(`http://${address}/`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
});
