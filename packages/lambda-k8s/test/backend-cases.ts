import type { K8sClient } from "@fc/k8s";
import type { CodePackage, ExecutionEnvironment, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { BackendError } from "@fc/lambda/backend";
import { afterEach, expect, test, vi } from "vitest";
import { codePackage, functionSpec, nodeCode, providedCode, pythonCode } from "./function-samples.ts";
import { functionArn, invoke } from "./invoke.ts";

export interface BackendUnderTest {
  readonly backend: LambdaBackend;
  readonly client: K8sClient;
  /** Every launch finds a Pod that waits, or none ever does. */
  readonly pool: "always" | "never";
}

/** The same cases for every cluster: a backend must not tell them apart. */
export function backendCases(subject: () => BackendUnderTest): void {
  const running: ExecutionEnvironment[] = [];
  const launch = async (spec: FunctionSpec, code: CodePackage): Promise<ExecutionEnvironment> => {
    const request = { spec, code, initTimeoutMs: 10_000 };
    if (subject().pool === "always")
      await subject()
        .backend.prepare?.(request)
        .catch(() => undefined);
    const environment = await subject().backend.launch(request, { signal: new AbortController().signal });
    running.push(environment);
    return environment;
  };
  const failure = async (spec: FunctionSpec, code: CodePackage): Promise<BackendError> => {
    const error = await launch(spec, code).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(BackendError);
    return error as BackendError;
  };
  /** Without those of the pool. */
  const podNames = async (): Promise<string[]> => {
    const pods = await subject().client.listPods("fakecloud-service=lambda,!fakecloud-lambda-pool");
    return pods.map((pod) => pod.metadata?.name ?? "");
  };
  /** Without those of Pods of the pool. */
  const secretNames = async (): Promise<string[]> => {
    const waiting = await subject().client.listPods("fakecloud-lambda-pool");
    const secrets = await subject().client.listSecrets("fakecloud-service=lambda");
    const isOfPool = (name: string): boolean => waiting.some((pod) => pod.metadata?.name === name);
    return secrets.map(({ metadata }) => metadata?.name ?? "").filter((name) => !isOfPool(name));
  };
  const python = functionSpec({ runtime: "python3.13", handler: "app.handler" });
  const provided = functionSpec({ runtime: "provided.al2023", handler: "my.handler" });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((environment) => environment.terminate()));
    expect(await podNames()).toEqual([]);
  });

  test("a Node function sees its event, its context and its environment", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    expect(environment.handle).toMatchObject({ kind: "pod" });
    const { result, body, requestId } = await invoke(environment, { a: 1 }, { clientContext: '{"custom":{"ü":1}}' });
    expect(result.outcome).toBe("success");
    expect(body).toMatchObject({
      word: "linked",
      event: { a: 1 },
      greeting: "hello 'world'",
      region: "eu-central-1",
      key: "111122223333",
      endpoint: "http://aws.test:4566",
      requestId,
      arn: functionArn,
      name: "hello",
      memory: "256",
      client: { custom: { ü: 1 } },
      env: [],
    });
    expect(body["remaining"]).toBeGreaterThan(5_000);
    expect(result.log).toMatch(/INFO\tmodule loaded\n/);
    expect(result.log).toContain(`${requestId}\tINFO\tevent {"a":1}\n`);
    const second = await invoke(environment, { b: 2 });
    expect(second.result.log).toContain('event {"b":2}');
    expect(second.result.log).not.toContain('event {"a":1}');
    expect(await environment.logs()).toContain('event {"a":1}');
  });

  test("a Node function that throws answers AWS's error, and serves on", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const { result, body } = await invoke(environment, { throw: "no way" });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "TypeError" });
    expect(body).toMatchObject({ errorType: "TypeError", errorMessage: "no way", trace: expect.any(Array) });
    expect((await invoke(environment, {})).result.outcome).toBe("success");
  });

  test("a function beyond its deadline is ended as Sandbox.Timedout", async () => {
    const environment = await launch(functionSpec({ timeoutSeconds: 1 }), nodeCode);
    const { result, body, requestId } = await invoke(environment, { sleepMs: 30_000 }, { timeoutMs: 1_000 });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "Sandbox.Timedout" });
    expect(body["errorMessage"]).toBe(`RequestId: ${requestId} Error: Task timed out after 1.00 seconds`);
    expect(await environment.ended).toMatchObject({ reason: "timedout" });
    await expect(invoke(environment, {})).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
  });

  test("a function that exits is Runtime.ExitError with its exit status", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const { result, body, requestId } = await invoke(environment, { exit: 3 });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.ExitError" });
    expect(body["errorMessage"]).toBe(`RequestId: ${requestId} Error: Runtime exited with error: exit status 3`);
    expect(result.log).toContain('event {"exit":3}');
    expect(await environment.ended).toMatchObject({ reason: "exited" });
  });

  test("a function that is killed is Runtime.ExitError with the signal", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const { result, body } = await invoke(environment, { kill: true });
    expect(result.errorType).toBe("Runtime.ExitError");
    expect(body["errorMessage"]).toMatch(/Error: Runtime exited with error: signal: killed$/);
  });

  test("a function that needs more than its memory is Runtime.OutOfMemory", async () => {
    const code = codePackage({
      "index.js": "exports.handler = async () => { const kept = []; for (;;) kept.push(Buffer.alloc(16 << 20, 1)); };",
    });
    const environment = await launch(functionSpec({ memorySizeMb: 192, timeoutSeconds: 30 }), code);
    const { result, body } = await invoke(environment, {}, { timeoutMs: 30_000 });
    expect(result).toMatchObject({ outcome: "unhandled", errorType: "Runtime.OutOfMemory" });
    expect(body["errorMessage"]).toMatch(/Error: Runtime exited with error: signal: killed$/);
  });

  test("the memory that was used is told when it is wanted, also of an invocation that ends the environment", async () => {
    const code = codePackage({
      "index.js": `exports.handler = async ({ mb = 0, wait }) => {
        const kept = Buffer.alloc(mb << 20, 1);
        if (wait) await new Promise((resolve) => setTimeout(resolve, 60_000));
        return kept.length;
      };`,
    });
    const environment = await launch(functionSpec({ timeoutSeconds: 5 }), code);
    const before = (await invoke(environment, {}, { wantsMemory: true })).result.maxMemoryUsedMb ?? 0;
    expect(before).toBeGreaterThan(10);
    const after = (await invoke(environment, { mb: 80 }, { wantsMemory: true })).result.maxMemoryUsedMb ?? 0;
    expect(after).toBeGreaterThan(before + 60);
    expect(after).toBeLessThanOrEqual(256);
    const ended = await invoke(environment, { wait: true }, { wantsMemory: true, timeoutMs: 500 });
    expect(ended.result).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(ended.result.maxMemoryUsedMb).toBeGreaterThanOrEqual(after);
  });

  test("a handler that the module does not have fails the launch with AWS's words", async () => {
    const node = await failure(functionSpec({ handler: "index.missing" }), nodeCode);
    expect(node.details["errorType"], node.message).toBe("Runtime.HandlerNotFound");
    expect(JSON.parse(String(node.details["payload"]))).toMatchObject({
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "index.missing is undefined or not exported",
    });
    const other = await failure({ ...python, handler: "app.missing" }, pythonCode);
    expect(JSON.parse(String(other.details["payload"]))).toMatchObject({
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "Handler 'missing' missing on module 'app'",
    });
  });

  test("code that cannot be loaded fails the launch with the runtime's own words and log", async () => {
    const error = await failure(functionSpec(), codePackage({ "index.js": "require('nowhere');" }));
    expect(error.code, error.message).toBe("FC_LAMBDA_INIT_FAILED");
    expect(error.details["errorType"]).toBe("Runtime.ImportModuleError");
    expect(JSON.parse(String(error.details["payload"]))).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      errorMessage: expect.stringContaining("Cannot find module 'nowhere'"),
    });
    expect(error.details["log"]).toContain("Cannot find module 'nowhere'");
  });

  test("an exit in the init phase fails the launch with its exit status", async () => {
    const error = await failure(functionSpec(), codePackage({ "index.mjs": "console.log('bye'); process.exit(5);" }));
    expect(error.code, error.message).toBe("FC_LAMBDA_INIT_FAILED");
    expect(error.details).toMatchObject({ errorType: "Runtime.ExitError", log: expect.stringContaining("bye") });
    expect(String(error.details["payload"])).toContain("Error: Runtime exited with error: exit status 5");
  });

  test("variables that only count at the start of a process, and layers, reach the function", async () => {
    const spec = functionSpec({ environment: { NODE_OPTIONS: "--no-deprecation", GREETING: "x" } });
    const code = codePackage({
      "index.js": "exports.handler = async () => ({ option: process.noDeprecation, layer: require('layered').text });",
      "/opt/nodejs/node_modules/layered/index.js": "exports.text = 'from the layer';",
    });
    const environment = await launch(spec, code);
    const { body } = await invoke(environment, {});
    expect(body).toEqual({ option: true, layer: "from the layer" });
  });

  test("a Python function sees its event, its context and its environment", async () => {
    const environment = await launch(python, pythonCode);
    const { result, body, requestId } = await invoke(environment, { child: "from a child" });
    expect(body).toMatchObject({
      greeting: "hello 'world'",
      region: "eu-central-1",
      requestId,
      arn: functionArn,
      name: "hello",
      env: [],
    });
    expect(result.log).toContain("module loaded\n");
    expect(result.log).toContain("event {'child': 'from a child'}\n");
    expect(result.log).toContain("\nfrom a child\n");
    expect(result.log).toMatch(new RegExp(`\\[INFO\\]\\t[^\\t]+Z\\t${requestId}\\tlogged\\n`));
  });

  test("a Python function that throws answers AWS's error, and one that exits ends its environment", async () => {
    const environment = await launch(python, pythonCode);
    const { body, requestId } = await invoke(environment, { throw: "no way" });
    expect(body).toMatchObject({ errorType: "ValueError", errorMessage: "no way", requestId });
    expect(body["stackTrace"]).toEqual([expect.stringContaining("in handler")]);
    const second = await invoke(environment, { exit: 4 });
    expect(second.body["errorMessage"]).toMatch(/Error: Runtime exited with error: exit status 4$/);
  });

  test("a Python module that is missing fails the launch with AWS's words", async () => {
    const error = await failure(python, codePackage({ "other.py": "" }));
    expect(JSON.parse(String(error.details["payload"]))).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Unable to import module 'app': No module named 'app'",
    });
  });

  test("a custom runtime runs, logs, and exits", async () => {
    const environment = await launch(provided, providedCode);
    const { result, body } = await invoke(environment, { a: 1 });
    expect(body).toEqual({ handler: "my.handler", greeting: "hello 'world'", event: { a: 1 } });
    const second = await invoke(environment, { exit: 1 });
    // A script's output comes through a relay: on a busy machine a line may be the next invocation's, but none is lost.
    expect(result.log + second.result.log).toBe('bootstrap started\nevent {"a":1}\nevent {"exit":1}\n');
    expect(second.body["errorMessage"]).toMatch(/Error: Runtime exited with error: exit status 3$/);
  });

  test("a custom runtime without bootstrap fails the launch with AWS's words", async () => {
    const error = await failure(provided, codePackage({ "readme.txt": "nothing to run" }));
    expect(error.details["errorType"], error.message).toBe("Runtime.InvalidEntrypoint");
  });

  test("ten functions start at once and answer each for itself", async () => {
    const spec = functionSpec({ memorySizeMb: 128 });
    const environments = await Promise.all(Array.from({ length: 10 }, () => launch(spec, nodeCode)));
    const answers = await Promise.all(environments.map((environment, index) => invoke(environment, { index })));
    expect(answers.map(({ body }) => body["event"])).toEqual(environments.map((_, index) => ({ index })));
    await vi.waitFor(async () => expect(new Set(await podNames()).size).toBe(10));
  });

  test("a Pod that somebody deletes ends its environment at once, and an idle one never saw the next event", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const { name } = environment.handle as { name: string };
    await subject().client.deletePod(name);
    expect((await environment.ended).reason).toMatch(/lost|exited/);
    await expect(invoke(environment, {})).rejects.toMatchObject({ code: "FC_LAMBDA_NOT_DELIVERED" });
  });

  test("an image that does not exist fails the launch at once with the cluster's reason", async () => {
    const error = await failure(functionSpec({ runtime: "ruby2.5" }), nodeCode);
    expect(error.code, error.message).toBe("FC_LAMBDA_LAUNCH_FAILED");
    expect(error.details["reason"]).toMatch(/ErrImagePull|ImagePullBackOff/);
  });

  test("a launch that is aborted leaves nothing, whenever that happens", async () => {
    const request = { spec: functionSpec(), code: nodeCode, initTimeoutMs: 10_000 };
    for (const turns of [0, 1, 3, 10]) {
      const abort = new AbortController();
      const launching = subject().backend.launch(request, { signal: abort.signal });
      launching.catch(() => undefined);
      for (let turn = 0; turn < turns; turn += 1) await subject().client.getPod("none");
      abort.abort(new Error("nobody waits any more"));
      // A Pod of the pool may have been faster.
      await launching.then(
        (environment) => environment.terminate(),
        (error: Error) => expect(error.message).toBe("nobody waits any more"),
      );
      expect(await podNames()).toEqual([]);
      // The Secret of a Pod that the pool makes at this moment is there before that Pod tells whose it is.
      await vi.waitFor(async () => expect(await secretNames()).toEqual([]));
    }
  });
}
