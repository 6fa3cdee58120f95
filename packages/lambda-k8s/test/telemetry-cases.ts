import type { CodePackage, ExecutionEnvironment, FunctionSpec } from "@fc/lambda/backend";
import { afterEach, expect, test } from "vitest";
import type { BackendUnderTest } from "./backend-cases.ts";
import { codePackage, functionSpec, providedCode } from "./function-samples.ts";
import { goProgram, withoutGo } from "./go-program.ts";
import { invoke } from "./invoke.ts";
import {
  goTelemetry,
  nodeTelemetry,
  pythonTelemetry,
  type SeenEvent,
  seenEvents,
  telemetryProgram,
} from "./telemetry-extension.ts";

/** What extensions are sent of their environment. The same for every cluster. */
export function telemetryCases(subject: () => BackendUnderTest): void {
  const running: ExecutionEnvironment[] = [];
  const launch = async (spec: FunctionSpec, code: CodePackage): Promise<ExecutionEnvironment> => {
    // Without a root of its own a Pod knows no names of its own.
    const names = subject().isolation === "plain" ? { TELEMETRY_HOST: "127.0.0.1" } : {};
    const request = { spec: { ...spec, environment: { ...spec.environment, ...names } }, code, initTimeoutMs: 10_000 };
    const environment = await subject().backend.launch(request, { signal: new AbortController().signal });
    running.push(environment);
    return environment;
  };
  /** What the extension was sent until the environment had ended. */
  const seenBy = async (environment: ExecutionEnvironment): Promise<readonly SeenEvent[]> => {
    await environment.terminate();
    const log = (await environment.logs()) ?? "";
    expect(log).toMatch(/subscribed 200 "OK"/);
    return seenEvents(log);
  };
  const records = (seen: readonly SeenEvent[], type: string): unknown[] =>
    seen.filter((one) => one.type === type).map(({ record }) => record);
  afterEach(async () => {
    await Promise.all(running.splice(0).map((environment) => environment.terminate()));
  });

  const pythonSpec = functionSpec({ runtime: "python3.13", handler: "app.handler" });
  const python = { "app.py": "def handler(event, context):\n    print('hello from the function')\n    return 1\n" };
  const node = {
    "index.mjs": "export const handler = async () => { console.log('hello from the function'); return 1; };",
  };
  const shellSpec = functionSpec({ environment: { NODE_OPTIONS: "--no-deprecation" } });
  test.each([
    { name: "Node", spec: functionSpec(), code: { ...nodeTelemetry(), ...node } },
    { name: "Python", spec: pythonSpec, code: { ...pythonTelemetry(), ...python } },
    { name: "Python, by TCP,", spec: pythonSpec, code: { ...pythonTelemetry(true), ...python } },
    { name: "a shell gate", spec: shellSpec, code: { ...nodeTelemetry(), ...node } },
  ])(
    "an extension beside $name is sent the telemetry that it subscribed to, up to the last",
    async ({ spec, code }) => {
      const environment = await launch(spec, codePackage(code, [telemetryProgram]));
      const { requestId } = await invoke(environment, {}, { wantsMemory: true });
      const seen = await seenBy(environment);
      // When an extension subscribes, the runtime may or may not be done.
      const types = seen.map(({ type }) => type);
      expect(types).toContain("platform.telemetrySubscription");
      const expected = [
        "platform.initStart",
        "platform.initRuntimeDone",
        "platform.extension",
        "platform.initReport",
        "platform.start",
        "function",
        "platform.runtimeDone",
        "platform.report",
      ];
      expect(types.filter((type) => type !== "platform.telemetrySubscription")).toEqual(expected);
      expect(records(seen, "function")).toEqual([expect.stringMatching(/hello from the function$/)]);
      expect(records(seen, "platform.start")).toMatchObject([{ requestId, version: "$LATEST" }]);
      const metrics = { durationMs: expect.any(Number), memorySizeMB: 256, initDurationMs: expect.any(Number) };
      expect(records(seen, "platform.report")).toMatchObject([{ requestId, status: "success", metrics }]);
    },
  );

  test.skipIf(withoutGo)("an extension beside a custom runtime is sent its telemetry", async () => {
    const program = await goProgram(goTelemetry);
    const code: CodePackage = {
      files: [...providedCode.files, { path: telemetryProgram, mode: 0o755, sizeBytes: program.byteLength }],
      sizeBytes: providedCode.sizeBytes + program.byteLength,
      content: async function* () {
        yield* providedCode.content();
        yield program;
      },
    };
    const environment = await launch(functionSpec({ runtime: "provided.al2023", handler: "my.handler" }), code);
    const { requestId } = await invoke(environment, { a: 1 });
    const seen = await seenBy(environment);
    expect(records(seen, "function")).toEqual(["bootstrap started", 'event {"a":1}']);
    expect(records(seen, "platform.report")).toMatchObject([{ requestId, status: "success" }]);
  });

  test("a function that fails, exits or runs too long is reported so", async () => {
    const source = `export const handler = async ({ what }) => {
      if (what === "throw") throw new TypeError("no");
      if (what === "exit") process.exit(3);
      if (what === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
    };`;
    const code = codePackage({ ...nodeTelemetry(), "index.mjs": source }, [telemetryProgram]);
    const [first, second] = await Promise.all([launch(functionSpec(), code), launch(functionSpec(), code)]);
    await invoke(first, { what: "throw" });
    await invoke(first, { what: "exit" });
    await invoke(second, { what: "hang" }, { timeoutMs: 500 });
    const status = (of: readonly SeenEvent[], type: string): unknown[] =>
      records(of, type).map((one) => one as { status: string; errorType: string });
    const failed = await seenBy(first);
    for (const type of ["platform.runtimeDone", "platform.report"])
      expect(status(failed, type).slice(0, 2)).toMatchObject([
        { status: "error", errorType: "TypeError" },
        { status: "error", errorType: "Runtime.ExitError" },
      ]);
    const late = await seenBy(second);
    expect(status(late, "platform.report").slice(0, 1)).toMatchObject([
      { status: "timeout", errorType: "Sandbox.Timedout" },
    ]);
  });

  test("an extension that begins anew after a crash subscribes anew, to the telemetry of its new runtime", async () => {
    const source = `console.log("loaded"); export const handler = async ({ exits }) => {
      if (exits) process.exit(3);
      console.log("hello again");
    };`;
    const environment = await launch(
      functionSpec(),
      codePackage({ ...nodeTelemetry(), "index.mjs": source }, [telemetryProgram]),
    );
    await invoke(environment, { exits: true });
    const { requestId } = await invoke(environment, {});
    const seen = await seenBy(environment);
    const starts = records(seen, "platform.initStart");
    expect(starts).toMatchObject([{ phase: "init" }, { phase: "invoke" }]);
    const second = seen.slice(seen.findLastIndex(({ type }) => type === "platform.initStart"));
    expect(records(second, "platform.initRuntimeDone")).toMatchObject([{ phase: "invoke", status: "success" }]);
    expect(records(second, "platform.report")).toMatchObject([{ requestId, status: "success" }]);
    expect(records(second, "function")).toEqual([
      expect.stringMatching(/loaded$/),
      expect.stringMatching(/hello again$/),
    ]);
  });

  test("the older Logs API sends its own events, and lines with their ends", async () => {
    const older = nodeTelemetry("logs", { schemaVersion: "2021-03-18", types: ["platform", "function", "extension"] });
    const environment = await launch(functionSpec(), codePackage({ ...older, ...node }, [telemetryProgram]));
    const { requestId } = await invoke(environment, {});
    const seen = await seenBy(environment);
    expect(seen.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["platform.logsSubscription", "platform.runtimeDone", "platform.end", "platform.report"]),
    );
    expect(records(seen, "platform.end")).toEqual([{ requestId }]);
    expect(records(seen, "function")).toEqual([expect.stringMatching(/hello from the function\n$/)]);
    expect(records(seen, "extension")[0]).toBe('subscribed 200 "OK"\n');
  });

  test("a slow listener loses what it cannot take, is told how much, and slows nobody", async () => {
    const lines = 40_000;
    // Three of the init phase, three of the invocation, two of the extension.
    const platformEvents = 8;
    const source = `export const handler = async () => {
      for (let n = 0; n < ${lines}; n += 1) process.stdout.write("line " + n + "\\n");
    };`;
    // It counts, since what it prints would be cut off in the log.
    const counting = nodeTelemetry("telemetry", { types: ["platform", "function"] }, { pauseMs: 200, counts: true });
    const environment = await launch(
      functionSpec({ timeoutSeconds: 60 }),
      codePackage({ ...counting, "index.mjs": source }, [telemetryProgram]),
    );
    const { result } = await invoke(environment, {}, { timeoutMs: 30_000 });
    expect(result.outcome).toBe("success");
    await expect
      .poll(async () => counted(await environment.logs()), { timeout: 30_000 })
      .toMatchObject({ total: lines + platformEvents });
    const { received, dropped } = counted(await environment.logs());
    expect(dropped).toBeGreaterThan(0);
    expect(received).toBeGreaterThan(1_000);
  });
}

/** The last count that an extension printed. */
function counted(log = ""): { readonly received: number; readonly dropped: number; readonly total: number } {
  const last = [...log.matchAll(/^counted (\d+) (\d+)$/gm)].at(-1);
  const [received, dropped] = [Number(last?.[1] ?? 0), Number(last?.[2] ?? 0)];
  return { received, dropped, total: received + dropped };
}
