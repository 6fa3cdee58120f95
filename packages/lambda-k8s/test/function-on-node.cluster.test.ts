import { Readable } from "node:stream";
import { names } from "@fc/k8s";
import type { CodePackage, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLambdaK8sBackend } from "../src/index.ts";
import { clusterBed } from "./cluster-bed.ts";
import { codePackage, functionSpec, nodeCode, providedCode, pythonCode } from "./function-samples.ts";
import { goProgram, goRuntime, withoutGo } from "./go-program.ts";
import { type Answer, invoke } from "./invoke.ts";
import type { TestBed } from "./test-bed.ts";

let bed: TestBed;
let backend: LambdaBackend;

beforeAll(async () => {
  bed = await clusterBed("node", { FAKECLOUD_K8S_UNSCHEDULABLE_GRACE: "1" });
  backend = createLambdaK8sBackend({
    ...bed.options,
    awsEndpointUrl: "http://aws.test:8000",
    localPort: 4566,
    settings: { poolSize: 0 },
  });
});

afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  await bed[Symbol.asyncDispose]();
});

async function run(spec: FunctionSpec, code: CodePackage, event: unknown = {}, timeoutMs = 60_000): Promise<Answer> {
  const request = { spec, code, initTimeoutMs: 10_000 };
  const environment = await backend.launch(request, { signal: new AbortController().signal });
  try {
    return await invoke(environment, event, { timeoutMs });
  } finally {
    await environment.terminate();
  }
}

test.skipIf(withoutGo)("a compiled Go program is a custom runtime, from the code or from a layer", async () => {
  const program = await goProgram(goRuntime);
  const spec = functionSpec({ runtime: "provided.al2023", handler: "my.handler" });
  for (const path of ["/var/task/bootstrap", "/opt/bootstrap"]) {
    const code: CodePackage = {
      files: [{ path, mode: 0o755, sizeBytes: program.byteLength }],
      sizeBytes: program.byteLength,
      content: () => Readable.from([program]),
    };
    const { body, result } = await run(spec, code, { a: 1 });
    expect(body).toEqual({ by: "go", handler: "my.handler", event: { a: 1 } });
    expect(result.log).toBe('go got {"a":1}\n');
  }
});

test.each([
  ["nodejs24.x", "index.handler", nodeCode, { name: "hello", word: "linked" }],
  ["python3.11", "app.handler", pythonCode, { name: "hello" }],
  ["provided.al2", "my.handler", providedCode, { handler: "my.handler" }],
] as const)("the other image of a runtime, %s, runs as well", async (runtime, handler, code, answer) => {
  expect((await run(functionSpec({ runtime, handler }), code, { a: 1 })).body).toMatchObject(answer);
});

test("a function whose name has 64 characters runs in a Pod that kubectl finds by it", async () => {
  const functionName = "a_Name-".padEnd(64, "x");
  const request = { spec: functionSpec({ functionName }), code: nodeCode, initTimeoutMs: 10_000 };
  const environment = await backend.launch(request, { signal: new AbortController().signal });
  try {
    expect((await invoke(environment, {})).body).toMatchObject({ name: functionName });
    const pods = await bed.client.listPods(`fakecloud-lambda=${names.labelSafe(functionName)}`);
    expect(pods.map(({ metadata }) => metadata?.name)).toEqual([(environment.handle as { name: string }).name]);
  } finally {
    await environment.terminate();
  }
});

test("what is written to /tmp is none of the function's memory", async () => {
  const code = codePackage({
    "app.py": `
def handler(event, context):
    block = b"x" * (1 << 20)
    with open("/tmp/large", "wb") as file:
        for _ in range(300): file.write(block)
    import os
    return {"bytes": os.path.getsize("/tmp/large")}
`,
  });
  const spec = functionSpec({ runtime: "python3.13", handler: "app.handler", memorySizeMb: 128, timeoutSeconds: 60 });
  expect((await run(spec, code)).body).toEqual({ bytes: 300 << 20 });
});

test("a function that writes more to /tmp than its size loses its Pod, and its event is a function error", async () => {
  const code = codePackage({
    "index.js": `exports.handler = async () => {
      require("node:fs").writeFileSync("/tmp/large", Buffer.alloc(64 << 20));
      await new Promise((done) => setTimeout(done, 150000));
    };`,
  });
  const { result } = await run(functionSpec({ ephemeralStorageMb: 16, timeoutSeconds: 160 }), code, {}, 160_000);
  expect(result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.ExitError" });
});

test("localhost means the server where it has the server's port, and the function's own elsewhere", async () => {
  const environment = { QUEUE: "http://localhost:4566/q", EXTENSION: "http://localhost:2773/secrets" };
  const code = codePackage({ "index.js": "exports.handler = async () => [process.env.QUEUE, process.env.EXTENSION];" });
  expect((await run(functionSpec({ environment }), code)).body).toEqual([
    "http://aws.test:8000/q",
    "http://localhost:2773/secrets",
  ]);
});

test("a function for another architecture goes to no node of this one", async () => {
  const launched = run(functionSpec({ architecture: "arm64" }), codePackage({ "index.js": "" }));
  await expect(launched).rejects.toMatchObject({
    code: "FC_LAMBDA_LAUNCH_FAILED",
    details: { reason: "Unschedulable" },
    message: expect.stringMatching(/node/),
  });
});
