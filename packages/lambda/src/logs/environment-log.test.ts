import { describe, expect, test } from "vitest";
import type { FunctionLogging, FunctionSpec } from "../backend/function-spec.ts";
import type { LogEvent } from "../event-sources/log-destination.ts";
import { type LoggedEnd, ShippedLog } from "./environment-log.ts";

const run = { requestId: "r1", traceId: "Root=1-x", startedAt: 1_000 };

function setUp(logging?: FunctionLogging): { log: ShippedLog; lines: () => string[]; events: LogEvent[] } {
  const events: LogEvent[] = [];
  const base = { functionName: "f", version: "3", memorySizeMb: 128, timeoutSeconds: 3 } as FunctionSpec;
  const spec = logging === undefined ? base : { ...base, logging };
  const log = new ShippedLog(spec, "stream", (event) => void events.push(event));
  return { log, events, lines: () => events.map(({ message }) => message.replace(/\n$/, "")) };
}

const end = (over: Partial<LoggedEnd["result"]> = {}, memory?: Promise<number | undefined>): LoggedEnd => ({
  ...run,
  endedAt: 1_012,
  result: { outcome: "success", payload: Buffer.from("{}"), log: "", durationMs: 12, ...over },
  environment: memory === undefined ? {} : { maxMemoryUsedMb: () => memory },
});
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the shipped log of an environment", () => {
  test("has what is written between START, END and REPORT", async () => {
    const { log, lines, events } = setUp();
    log.started(run);
    log.write({ timeMs: 1_005, source: "function", text: "hello" });
    log.write({ timeMs: 1_006, source: "extension", text: "from an extension" });
    log.ended(end());
    await settle();
    expect(lines()).toEqual([
      "START RequestId: r1 Version: 3",
      "hello",
      "from an extension",
      "END RequestId: r1",
      "REPORT RequestId: r1\tDuration: 12.00 ms\tBilled Duration: 12 ms\tMemory Size: 128 MB\t",
    ]);
    expect(events.map(({ timeMs }) => timeMs)).toEqual([1_000, 1_005, 1_006, 1_012, 1_012]);
  });

  test("keeps the order while the memory used is asked for", async () => {
    const { log, lines } = setUp();
    log.started(run);
    const memory = Promise.withResolvers<number>();
    log.ended(end({}, memory.promise));
    log.started({ ...run, requestId: "r2" });
    log.write({ timeMs: 1_020, source: "function", text: "next" });
    await settle();
    expect(lines()).toEqual(["START RequestId: r1 Version: 3"]);
    memory.resolve(50);
    await settle();
    expect(lines().slice(1)).toEqual([
      "END RequestId: r1",
      expect.stringContaining("Max Memory Used: 50 MB"),
      "START RequestId: r2 Version: 3",
      "next",
    ]);
  });

  test("has nothing of an event that did not reach the runtime", async () => {
    const { log, lines } = setUp();
    log.started(run);
    log.notDelivered();
    log.write({ timeMs: 1_005, source: "function", text: "its end" });
    await settle();
    expect(lines()).toEqual(["its end"]);
  });

  test("reports an init phase that failed", () => {
    const { log, lines } = setUp();
    log.initialised({ endedAt: 900, durationMs: 50 });
    log.initialised({ endedAt: 1_000, durationMs: 80, errorType: "Runtime.ExitError" });
    log.initialised({ endedAt: 1_000, durationMs: 90, errorType: "Sandbox.Timedout", phase: "invoke" });
    expect(lines()).toEqual([
      "INIT_REPORT Init Duration: 80.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
      "INIT_REPORT Init Duration: 90.00 ms\tPhase: invoke\tStatus: timeout",
    ]);
  });

  test("tells of extensions as AWS does", () => {
    const { log, lines } = setUp();
    const tell = (type: string, record: object): void =>
      log.write({ timeMs: 1_000, source: "platform", text: JSON.stringify({ time: "", type, record }) });
    const record = { name: "watch", state: "Subscribed", types: ["platform", "function"] };
    tell("platform.telemetrySubscription", record);
    tell("platform.extension", { name: "watch", state: "Ready", events: ["INVOKE", "SHUTDOWN"] });
    tell("platform.other", {});
    expect(lines()).toEqual([
      "TELEMETRY\tName: watch\tState: Subscribed\tTypes: [Platform, Function]",
      "EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE,SHUTDOWN]",
    ]);
    const json = setUp({ format: "JSON", applicationLevel: "INFO", systemLevel: "INFO" });
    json.log.write({ timeMs: 1_000, source: "platform", text: JSON.stringify({ type: "platform.extension", record }) });
    expect(json.lines().map((line) => JSON.parse(line))).toMatchObject([{ type: "platform.extension", record }]);
  });

  test("with the format JSON has events, and lines from the function's level on", async () => {
    const { log, lines } = setUp({ format: "JSON", applicationLevel: "WARN", systemLevel: "DEBUG" });
    log.initialised({ endedAt: 1_000, durationMs: 100 });
    log.started(run);
    for (const level of ["INFO", "WARN"])
      log.write({ timeMs: 1_001, source: "function", text: `{"level":"${level}"}` });
    log.ended(end());
    await settle();
    expect(lines().map((line) => JSON.parse(line).type ?? line)).toEqual([
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.initReport",
      "platform.start",
      '{"level":"WARN"}',
      "platform.runtimeDone",
      "platform.report",
    ]);
  });
});
