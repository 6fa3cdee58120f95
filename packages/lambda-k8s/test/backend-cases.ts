import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { K8sClient } from "@fc/k8s";
import type { CodePackage, ExecutionEnvironment, FunctionSpec, LambdaBackend } from "@fc/lambda/backend";
import { BackendError } from "@fc/lambda/backend";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { codePackage, extensionFile, functionSpec, nodeCode, pythonCode } from "./function-samples.ts";
import { invoke } from "./invoke.ts";

export interface BackendUnderTest {
  readonly backend: LambdaBackend;
  readonly client: K8sClient;
  /** Every launch finds a Pod that waits, or none ever does. */
  readonly pool: "always" | "never";
  /** Of the embedded cluster; undefined on a real one. */
  readonly isolation?: string;
}

/** What only a backend on Kubernetes and its runtimes do; what every backend does is in `@fc/lambda/conformance`. The same for every cluster. */
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
  afterEach(async () => {
    await Promise.all(running.splice(0).map((environment) => environment.terminate()));
    expect(await podNames()).toEqual([]);
  });

  test("a function is in a Pod, knows its account and endpoint, and nothing of how it was started", async () => {
    // Its runtime dials: nothing here needs a way to Pods.
    const dial = vi.spyOn(subject().client, "dial");
    onTestFinished(() => dial.mockRestore());
    const environment = await launch(functionSpec(), nodeCode);
    expect(environment.handle).toEqual({
      kind: "pod",
      namespace: subject().client.namespace,
      name: expect.any(String),
    });
    const { name } = environment.handle as { name: string };
    // A Pod that waited gets its labels after its function.
    await vi.waitFor(async () => expect(await podNames()).toEqual([name]), { timeout: 10_000 });
    const { result, body, requestId } = await invoke(environment, { a: 1 });
    expect(body).toMatchObject({ key: "111122223333", endpoint: "http://aws.test:4566", env: [] });
    expect(result.log).toContain(`${requestId}\tINFO\tevent {"a":1}\n`);
    expect(dial).not.toHaveBeenCalled();
  });

  test("a Node function that throws answers with its stack", async () => {
    const environment = await launch(functionSpec(), nodeCode);
    const { body } = await invoke(environment, { throw: "no way" });
    expect(body).toMatchObject({ errorType: "TypeError", errorMessage: "no way", trace: expect.any(Array) });
  });

  test("variables that only count at the start of a process reach the function", async () => {
    const spec = functionSpec({ environment: { NODE_OPTIONS: "--no-deprecation", GREETING: "x" } });
    const code = codePackage({ "index.js": "exports.handler = async () => ({ option: process.noDeprecation });" });
    const { body } = await invoke(await launch(spec, code), {});
    expect(body).toEqual({ option: true });
  });

  test("a Python function has its request id in its log, its stack in its error, and nothing of how it was started", async () => {
    const environment = await launch(functionSpec({ runtime: "python3.13", handler: "app.handler" }), pythonCode);
    const { result, body, requestId } = await invoke(environment, {});
    expect(body).toMatchObject({ env: [] });
    expect(result.log).toMatch(new RegExp(`\\[INFO\\]\\t[^\\t]+Z\\t${requestId}\\tlogged\\n`));
    const failed = await invoke(environment, { throw: "no way" });
    expect(failed.body).toMatchObject({ errorType: "ValueError", requestId: failed.requestId });
    expect(failed.body["stackTrace"]).toEqual([expect.stringContaining("in handler")]);
  });

  test("an image that does not exist fails the launch at once with the cluster's reason", async () => {
    const error = await failure(functionSpec({ runtime: "ruby2.5" }), nodeCode);
    expect(error.code, error.message).toBe("FC_LAMBDA_LAUNCH_FAILED");
    expect(error.details["reason"]).toMatch(/ErrImagePull|ImagePullBackOff/);
  });

  test("a Pod of its own that is taken away in the function's init phase is made anew", async ({ skip }) => {
    if (subject().pool === "always") skip("what becomes of waiting Pods is told by the pool's cases");
    const text =
      "console.log('starting'); await new Promise((done) => setTimeout(done, 3000)); export const handler = async () => 1;";
    const launched = launch(functionSpec(), codePackage({ "index.mjs": text }));
    const [first = ""] = await vi.waitFor(
      async () => {
        const names = await podNames();
        expect(await subject().client.podLogs(names[0] ?? "", "function")).toContain("starting");
        return names;
      },
      { timeout: 20_000 },
    );
    await subject().client.deletePod(first, { gracePeriodSeconds: 0 });
    const environment = await launched;
    expect(environment.handle).not.toMatchObject({ name: first });
    expect((await invoke(environment, {})).result.outcome).toBe("success");
  });

  const quiet = `
    import { existsSync } from "node:fs";
    console.log("after the extension:", existsSync(process.env.STARTED));
    export const handler = async () => 1;`;
  test.each([
    ["Node", functionSpec(), { "index.mjs": quiet }],
    [
      "Python",
      functionSpec({ runtime: "python3.13", handler: "app.handler" }),
      {
        "app.py": `import os
print("after the extension:", str(os.path.exists(os.environ["STARTED"])).lower())
def handler(event, context):
    return 1
`,
      },
    ],
    ["a shell gate", functionSpec({ environment: { NODE_OPTIONS: "--no-deprecation" } }), { "index.mjs": quiet }],
  ])(
    "an extension beside %s starts before the runtime, and is told of invocations and the end",
    async (_name, spec, files) => {
      const code = codePackage({ ...extensionFile, ...files }, Object.keys(extensionFile));
      const STARTED = `/tmp/fc-extension-${randomUUID()}`;
      const environment = await launch({ ...spec, environment: { ...spec.environment, STARTED } }, code);
      // Without isolation it is the machine's own.
      onTestFinished(() => rm(STARTED, { force: true }));
      const { requestId } = await invoke(environment, {});
      expect((await invoke(environment, {})).result.outcome).toBe("success");
      await environment.terminate();
      const log = (await environment.logs()) ?? "";
      // The lines of the two come by ways of their own, whose order is not theirs.
      expect(log).toMatch(/^extension starts in eu-central-1$/m);
      expect(log).toMatch(/^(\S+\t\S+\tINFO\t)?after the extension: true$/m);
      expect(log).toMatch(/extension registered: .*"functionName":"hello"/);
      expect(log).toMatch(new RegExp(`extension told: .*"eventType":"INVOKE".*${requestId}`));
      expect(log).toMatch(/extension told: .*"shutdownReason":"spindown"/);
    },
  );

  test("an extension inside the runtime's process is told of invocations", async () => {
    const text = `
      const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
      const register = (name, events) =>
        fetch(api + "register", { method: "POST", headers: { "Lambda-Extension-Name": name }, body: JSON.stringify({ events }) });
      console.log("of its end:", (await register("end", ["SHUTDOWN"])).status);
      const headers = { "Lambda-Extension-Identifier": (await register("inside", ["INVOKE"])).headers.get("lambda-extension-identifier") };
      const listen = async () => {
        for (;;) {
          const { eventType, requestId } = await (await fetch(api + "event/next", { headers })).json();
          console.log("told inside:", eventType, requestId);
        }
      };
      void listen();
      export const handler = async () => 1;`;
    const environment = await launch(functionSpec(), codePackage({ "index.mjs": text }));
    const ids = [(await invoke(environment, {})).requestId, (await invoke(environment, {})).requestId];
    for (const id of ids)
      await vi.waitFor(async () => expect(await environment.logs()).toContain(`told inside: INVOKE ${id}\n`), {
        timeout: 20_000,
      });
    expect(await environment.logs()).toContain("of its end: 403\n");
  });

  test("beside an extension, a runtime is told of its end, and one beyond its deadline is killed", async () => {
    const text = `
      process.on("SIGTERM", () => { console.log("the runtime was told"); process.exit(0); });
      export const handler = async ({ wait }) => { if (wait) await new Promise((r) => setTimeout(r, 60_000)); };`;
    const code = codePackage({ ...extensionFile, "index.mjs": text }, Object.keys(extensionFile));
    const idle = await launch(functionSpec(), code);
    await invoke(idle, {});
    await idle.terminate();
    expect(await idle.logs()).toContain("the runtime was told\n");
    const late = await launch(functionSpec({ timeoutSeconds: 1 }), code);
    expect((await invoke(late, { wait: true }, { timeoutMs: 500 })).result.errorType).toBe("Sandbox.Timedout");
    await late.terminate();
    const log = await late.logs();
    expect(log).toMatch(/extension told: .*"shutdownReason":"timeout"/);
    expect(log).not.toContain("the runtime was told");
  });

  const logging = { format: "JSON", applicationLevel: "WARN", systemLevel: "INFO" } as const;
  const nodeLogs = `export const handler = async () => {
    console.info("quiet");
    console.warn("loud", 1);
    console.error(new TypeError("why"));
  };`;
  const pythonLogs = `import logging
def handler(event, context):
    logging.info("quiet")
    logging.warning("loud %d", 1)
    try:
        raise TypeError("why")
    except TypeError:
        logging.exception("caught")
`;
  const pythonSpec = functionSpec({ logging, runtime: "python3.13", handler: "app.handler" });
  const pythonError = { message: "caught", errorType: "TypeError", errorMessage: "why" };
  test.each([
    {
      name: "Node",
      spec: functionSpec({ logging }),
      files: { "index.mjs": nodeLogs },
      level: "WARN",
      error: { message: { errorType: "TypeError" } },
    },
    { name: "Python", spec: pythonSpec, files: { "app.py": pythonLogs }, level: "WARNING", error: pythonError },
  ])(
    "$name writes JSON from the function's level on, where that is its log format",
    async ({ spec, files, level, error }) => {
      const { result, requestId } = await invoke(await launch(spec, codePackage(files)), {});
      const lines = result.log
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines, result.log).toMatchObject([
        { level, message: "loud 1", requestId, timestamp: expect.stringMatching(/^\d{4}-.*Z$/) },
        { level: "ERROR", requestId, ...error },
      ]);
    },
  );
}
