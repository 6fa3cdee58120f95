import type { K8sClient } from "@fc/k8s";
import type { CodePackage, ExecutionEnvironment, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { afterEach, expect, test, vi } from "vitest";
import { codePackage, functionSpec, nodeCode, providedCode, pythonCode } from "./function-samples.ts";
import { invoke } from "./invoke.ts";

/** What the backend cases say, for what AWS's emulator can do: zips on its base images. */
export function rieCases(subject: () => { readonly backend: LambdaBackend; readonly client: K8sClient }): void {
  const running: ExecutionEnvironment[] = [];
  const launch = async (spec: FunctionSpec, code: CodePackage): Promise<ExecutionEnvironment> => {
    const request = { spec, code, initTimeoutMs: 10_000 };
    const environment = await subject().backend.launch(request, { signal: new AbortController().signal });
    running.push(environment);
    return environment;
  };
  const python = functionSpec({ runtime: "python3.13", handler: "app.handler" });
  const provided = functionSpec({ runtime: "provided.al2023", handler: "my.handler" });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((environment) => environment.terminate()));
    expect(await subject().client.listPods("fakecloud-service=lambda")).toEqual([]);
    expect(await subject().client.listSecrets("fakecloud-service=lambda")).toEqual([]);
  });

  test("a Node function sees its event and its environment, and each invocation has its own log", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const first = await invoke(environment, { a: 1 }, { clientContext: '{"custom":{"b":1}}' });
    expect(first.body).toMatchObject({
      word: "linked",
      event: { a: 1 },
      greeting: "hello 'world'",
      region: "eu-central-1",
      key: "111122223333",
      endpoint: "http://aws.test:4566",
      name: "hello",
      memory: "256",
      env: [],
    });
    const second = await invoke(environment, { b: 2 });
    expect(first.result.log + second.result.log).toMatch(/module loaded\n[\s\S]*event {"a":1}\n[\s\S]*event {"b":2}\n/);
    expect(second.result.log).not.toMatch(/RequestId: /);
    // A kubelet knows a container's log up to two seconds after it started.
    await vi.waitFor(async () => expect(await environment.logs()).toContain('event {"a":1}'), { timeout: 20_000 });
  });

  test("layers lie in /opt, with their links and modes, and variables that count at the start are set", async () => {
    const code = codePackage(
      {
        "index.js": `const { execFileSync } = require("node:child_process");
          exports.handler = async () => ({ option: process.noDeprecation, layer: require("layered").text, tool: execFileSync("/opt/bin/tool").toString() });`,
        "/opt/nodejs/node_modules/layered/index.js": "link:real.js",
        "/opt/nodejs/node_modules/layered/real.js": "exports.text = 'from the layer';",
        "/opt/bin/tool": "#!/bin/sh\necho ran",
      },
      ["/opt/bin/tool"],
    );
    const environment = await launch(functionSpec({ environment: { NODE_OPTIONS: "--no-deprecation" } }), code);
    expect((await invoke(environment, {})).body).toEqual({ option: true, layer: "from the layer", tool: "ran\n" });
  });

  test("errors, and code that cannot be loaded, are the function's", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const { result, body } = await invoke(environment, { throw: "no way" });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "TypeError" });
    expect(body).toMatchObject({ errorType: "TypeError", errorMessage: "no way" });
    expect((await invoke(environment, {})).result.outcome).toBe("success");
    const broken = await launch(functionSpec(), codePackage({ "index.js": "require('nowhere');" }));
    expect((await invoke(broken, {})).result).toMatchObject({
      outcome: "unhandled",
      errorType: "Runtime.ImportModuleError",
    });
  });

  test("a function beyond its deadline is ended as Sandbox.Timedout, and gets no other event", async () => {
    const environment = await launch(functionSpec({ timeoutSeconds: 1 }), nodeCode);
    const { result, body, requestId } = await invoke(environment, { sleepMs: 30_000 }, { timeoutMs: 1_000 });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "Sandbox.Timedout" });
    expect(body["errorMessage"]).toBe(`RequestId: ${requestId} Error: Task timed out after 1.00 seconds`);
    expect(await environment.ended).toMatchObject({ reason: "timedout" });
    await expect(invoke(environment, {})).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
  });

  test("a Python function answers, logs, and exits", async () => {
    const environment = await launch(python, pythonCode);
    const { result, body } = await invoke(environment, { child: "from a child" });
    expect(body).toMatchObject({ greeting: "hello 'world'", region: "eu-central-1", name: "hello", env: [] });
    const left = await invoke(environment, { exit: 4 });
    expect(left.body["errorMessage"]).toBe(
      `RequestId: ${left.requestId} Error: Runtime exited with error: exit status 4`,
    );
    expect(result.log + left.result.log).toContain("from a child\n");
    expect(await environment.ended).toMatchObject({ reason: "exited" });
  });

  test("a custom runtime finds its bootstrap", async () => {
    const { body } = await invoke(await launch(provided, providedCode), { a: 1 });
    expect(body).toEqual({ handler: "my.handler", greeting: "hello 'world'", event: { a: 1 } });
  });

  test("a large event and a large answer arrive whole", async () => {
    const code = codePackage({ "index.js": "exports.handler = async ({ text }) => ({ text: text + text });" });
    const environment = await launch(functionSpec(), code);
    const text = "x".repeat(2_500_000);
    const { body } = await invoke(environment, { text });
    expect((body["text"] as string).length).toBe(5_000_000);
  });

  test("a Pod that somebody deletes ends its environment, and an idle one never saw the next event", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    await subject().client.deletePod((environment.handle as { name: string }).name);
    expect((await environment.ended).reason).toMatch(/lost|exited/);
    await expect(invoke(environment, {})).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
  });

  test("an event whose Pod is lost with it is not a success, and not tried again", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    await invoke(environment, {});
    const lost = invoke(environment, { sleepMs: 60_000 }, { timeoutMs: 60_000 });
    await subject().client.deletePod((environment.handle as { name: string }).name, { gracePeriodSeconds: 0 });
    expect((await lost).result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.ExitError" });
  });

  test("a launch that is aborted leaves nothing", async () => {
    const request = { spec: functionSpec(), code: nodeCode, initTimeoutMs: 10_000 };
    const abort = new AbortController();
    const launching = subject().backend.launch(request, { signal: abort.signal });
    launching.catch(() => undefined);
    await subject().client.getPod("none");
    abort.abort(new Error("nobody waits any more"));
    await expect(launching).rejects.toThrow("nobody waits any more");
  });
}
