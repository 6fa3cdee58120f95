import { InvokeCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaClient } from "./lib/clients.ts";
import { type Environment, environmentsOf } from "./lib/environments.ts";
import { startEventCollector } from "./lib/event-collector.ts";
import { functionGround } from "./lib/function-ground.ts";
import { createFunction, invoke, node } from "./lib/functions.ts";
import { startProbe } from "./lib/probe.ts";
import type { ServerProcess } from "./lib/server-process.ts";

const { startServer, machineAddress } = functionGround();
let server: ServerProcess;
let client: ReturnType<typeof lambdaClient>;
beforeAll(async () => {
  server = await startServer();
  client = lambdaClient(server.url);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const warm = (name: string): Promise<readonly Environment[]> => environmentsOf(server, name);

describe("runtimes", () => {
  test("Node.js sees its event and AWS's context", async () => {
    await createFunction(
      client,
      node(
        "node-context",
        "export const handler = async (event, context) => ({ event, arn: context.invokedFunctionArn, name: context.functionName, id: context.awsRequestId, left: context.getRemainingTimeInMillis(), client: context.clientContext, region: process.env.AWS_REGION, memory: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE });",
      ),
    );
    const ClientContext = Buffer.from(JSON.stringify({ custom: { from: "test" } })).toString("base64");
    const { payload, status, error } = await invoke(client, "node-context", { n: 1 }, { ClientContext });
    expect({ status, error }).toEqual({ status: 200, error: undefined });
    expect(payload).toMatchObject({
      event: { n: 1 },
      arn: "arn:aws:lambda:us-east-1:123456789012:function:node-context",
      name: "node-context",
      client: { custom: { from: "test" } },
      region: "us-east-1",
      memory: "128",
    });
    expect(payload.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(payload.left).toBeGreaterThan(0);
    expect(payload.left).toBeLessThanOrEqual(3_000);
  });

  test("Python runs", async () => {
    await createFunction(client, {
      name: "python",
      runtime: "python3.13",
      handler: "app.main",
      files: {
        "app.py":
          "def main(event, context):\n    print('seen', event['n'])\n    return {'twice': event['n'] * 2, 'arn': context.invoked_function_arn}\n",
      },
    });
    const { payload, log } = await invoke(client, "python", { n: 21 }, { LogType: "Tail" });
    expect(payload).toEqual({ twice: 42, arn: "arn:aws:lambda:us-east-1:123456789012:function:python" });
    expect(log).toContain("seen 21");
  });

  test("a custom runtime's bootstrap runs", async () => {
    const bootstrap = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "$api/next")
  id=$(grep -i '^lambda-runtime-aws-request-id' "$headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -X POST "$api/$id/response" -d "{\\"got\\":$event}" >/dev/null
done
`;
    await createFunction(client, { name: "custom", runtime: "provided.al2023", handler: "any", files: { bootstrap } });
    expect((await invoke(client, "custom", { a: [1] })).payload).toEqual({ got: { a: [1] } });
  });
});

describe("invocation types and logs", () => {
  test("DryRun answers 204 and runs nothing; Event answers 202 and runs", async () => {
    await createFunction(
      client,
      node("types", "let calls = 0; export const handler = async (event) => (event.count ? calls : (calls += 1));"),
    );
    expect((await invoke(client, "types", {}, { InvocationType: "DryRun" })).status).toBe(204);
    expect((await invoke(client, "types", { count: true })).payload).toBe(0);
    expect((await invoke(client, "types", {}, { InvocationType: "Event" })).status).toBe(202);
    // The event runs in the same environment as soon as it is free; two at once would need a second one.
    await expect
      .poll(async () => (await invoke(client, "types", { count: true })).payload, { timeout: 10_000 })
      .toBe(1);
  });

  test("LogType=Tail holds this very invocation, with START, END and REPORT", async () => {
    await createFunction(
      client,
      node(
        "logging",
        "export const handler = async (event) => { console.log('line of', event.n); console.error('error of', event.n); };",
      ),
    );
    await invoke(client, "logging", { n: "first" }, { LogType: "Tail" });
    const { log } = await invoke(client, "logging", { n: "second" }, { LogType: "Tail" });
    expect(log).toMatch(/^START RequestId: [0-9a-f-]{36} Version: \$LATEST\n/);
    expect(log).toContain("line of second");
    expect(log).toContain("error of second");
    expect(log).not.toContain("first");
    expect(log).toMatch(
      /END RequestId: [0-9a-f-]{36}\nREPORT RequestId: .*Duration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB/,
    );
  });
});

describe("function errors are results", () => {
  test("an exception", async () => {
    await createFunction(
      client,
      node("throwing", "export const handler = async () => { throw new TypeError('no such thing'); };"),
    );
    expect(await invoke(client, "throwing")).toMatchObject({
      status: 200,
      error: "Unhandled",
      payload: { errorType: "TypeError", errorMessage: "no such thing" },
    });
  });

  test("a handler module that is missing", async () => {
    await createFunction(client, node("missing", "export const other = 1;", { handler: "nowhere.handler" }));
    expect(await invoke(client, "missing")).toMatchObject({
      error: "Unhandled",
      payload: { errorType: "Runtime.ImportModuleError" },
    });
  });

  test("a timeout, after which the function begins anew in the same Pod, with what is in /tmp", async () => {
    const text = `
      import fs from "node:fs";
      let count = 0;
      export const handler = async ({ slow }) => {
        count += 1;
        if (slow) fs.writeFileSync("/tmp/kept", "kept");
        if (slow) await new Promise((resolve) => setTimeout(resolve, 60_000));
        return { count, kept: fs.existsSync("/tmp/kept"), stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME };
      };`;
    await createFunction(client, node("slow", text, { timeout: 1 }));
    const before = (await invoke(client, "slow", {})).payload;
    expect(before).toMatchObject({ count: 1 });
    const pods = await warm("slow");
    const { error, payload } = await invoke(client, "slow", { slow: true });
    expect(error).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(payload.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/);
    const after = await invoke(client, "slow", {}, { LogType: "Tail" });
    expect(after.payload).toEqual({ count: 1, kept: true, stream: before.stream });
    expect(after.log).not.toContain("Init Duration");
    expect(await warm("slow")).toMatchObject(pods.map(({ podName }) => ({ podName })));
  });

  test("an init phase that fails and is repeated with the event, as the log tells", async () => {
    await createFunction(client, node("no-init", "console.log('loading'); throw new RangeError('too far');"));
    for (const phases of [["init", "invoke"], ["invoke"]]) {
      const { error, payload, log = "" } = await invoke(client, "no-init", {}, { LogType: "Tail" });
      expect({ error, payload }).toMatchObject({
        error: "Unhandled",
        payload: { errorType: "RangeError", errorMessage: "too far" },
      });
      const told = [
        ...log.matchAll(
          /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: (\w+)\tStatus: error\tError Type: RangeError$/gm,
        ),
      ];
      expect(told.map(([, phase]) => phase)).toEqual(phases);
    }
    expect(await warm("no-init")).toHaveLength(1);
  });

  test("a crash, after which the function works again", async () => {
    await createFunction(
      client,
      node(
        "crashing",
        "export const handler = async (event) => { if (event.crash) process.exit(3); return 'alive'; };",
      ),
    );
    const { error, payload } = await invoke(client, "crashing", { crash: true });
    expect(error).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(payload.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/);
    expect((await invoke(client, "crashing")).payload).toBe("alive");
  });

  test("a handler that changes nothing about a result that looks like an error", async () => {
    await createFunction(
      client,
      node("lookalike", "export const handler = async () => ({ errorMessage: 'only data' });"),
    );
    expect(await invoke(client, "lookalike")).toMatchObject({
      error: undefined,
      payload: { errorMessage: "only data" },
    });
  });
});

describe("concurrency", () => {
  test("ten at once run in ten environments, one event each", async () => {
    // Every invocation waits until all ten have checked in with the test: it can only end if they really run side by side.
    await using collector = await startEventCollector(await machineAddress());
    const source = `const me = crypto.randomUUID(); ${collector.handler("return me;")}`;
    await createFunction(client, node("parallel", source, { timeout: 60 }));
    const released = collector.hold(10).then((release) => release());
    const invocations = Promise.all(Array.from({ length: 10 }, () => invoke(client, "parallel")));
    const [answers] = await Promise.all([invocations, released]);
    expect(new Set(answers.map(({ payload }) => payload)).size).toBe(10);
    expect((await warm("parallel")).length).toBe(10);
  });

  test("a reserved concurrency of one refuses the second at once", async () => {
    await using probe = await startProbe(await machineAddress());
    await createFunction(client, node("single", probe.source, { timeout: 30 }));
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: "single", ReservedConcurrentExecutions: 1 }));
    const held = probe.hold("/event/first");
    const first = invoke(client, "single", { id: "first" });
    const { release } = await held;
    await expect(invoke(client, "single", { id: "second" })).rejects.toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    release();
    expect((await first).payload).toBe("first");
  });

  test("evict-container ends the warm environments of a function", async () => {
    await createFunction(client, node("evicted", "export const handler = async () => 1;"));
    await invoke(client, "evicted");
    expect(await warm("evicted")).toMatchObject([
      {
        functionName: "evicted",
        runtime: "nodejs22.x",
        backend: "kubernetes",
        podName: expect.any(String),
        namespace: expect.any(String),
      },
    ]);
    const evicted = await fetch(`${server.url}/_fakecloud/lambda/evicted/evict-container`, { method: "POST" });
    expect(await evicted.json()).toEqual({ evicted: true });
    expect(await warm("evicted")).toEqual([]);
  });
});

describe("payloads", () => {
  test("malformed JSON is refused in AWS's words", async () => {
    await createFunction(client, node("payload", "export const handler = async (event) => event;"));
    await expect(
      client.send(new InvokeCommand({ FunctionName: "payload", Payload: Buffer.from("{not json") })),
    ).rejects.toMatchObject({
      name: "InvalidRequestContentException",
      message: expect.stringContaining("Could not parse request body into json"),
    });
    expect((await invoke(client, "payload", { text: "snow ☃ and \u2028" })).payload).toEqual({
      text: "snow ☃ and \u2028",
    });
  });

  test("more than 6 MB is refused", async () => {
    await expect(invoke(client, "payload", { big: "x".repeat(6_300_000) })).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
    });
  });
});
