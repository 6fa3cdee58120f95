import { describe, expect, test } from "vitest";
import type { FunctionLogging } from "../backend/function-spec.ts";
import { invocationLog, type LoggedInvocation } from "./log-tail.ts";

const one: LoggedInvocation = {
  requestId: "r1",
  version: "$LATEST",
  log: 'plain\n{"level":"debug","m":1}\n{"level":"ERROR","m":2}\n',
  durationMs: 12,
  memorySizeMb: 128,
  maxMemoryUsedMb: 64,
  initDurationMs: 100,
  timeoutSeconds: 3,
  endedAt: Date.UTC(2026, 0, 1),
  producedBytes: 2,
  traceId: "Root=1-x",
};
const json = (over: Partial<FunctionLogging> = {}): FunctionLogging => ({
  format: "JSON",
  applicationLevel: "INFO",
  systemLevel: "INFO",
  ...over,
});
const lines = (over: Partial<LoggedInvocation>): string[] =>
  invocationLog({ ...one, ...over })
    .trimEnd()
    .split("\n");
const types = (over: Partial<LoggedInvocation>): string[] =>
  lines(over).map((line) => (line.includes('"type"') ? JSON.parse(line).type : line));

describe("the log of an invocation with the format JSON", () => {
  test("has platform events around what the function wrote from its level on", () => {
    const tracing = { type: "X-Amzn-Trace-Id", value: "Root=1-x" };
    const [start = "", plain, error, report = ""] = lines({ logging: json() });
    expect(JSON.parse(start)).toEqual({
      time: "2025-12-31T23:59:59.988Z",
      type: "platform.start",
      record: { requestId: "r1", version: "$LATEST", tracing },
    });
    expect([plain, error]).toEqual(["plain", '{"level":"ERROR","m":2}']);
    const metrics = {
      durationMs: 12,
      billedDurationMs: 112,
      memorySizeMB: 128,
      maxMemoryUsedMB: 64,
      initDurationMs: 100,
    };
    expect(JSON.parse(report)).toEqual({
      time: "2026-01-01T00:00:00.000Z",
      type: "platform.report",
      record: { requestId: "r1", status: "success", metrics, tracing },
    });
  });

  test("has the end of the runtime's part from DEBUG on", () => {
    expect(types({ log: "", logging: json({ systemLevel: "DEBUG" }) })).toEqual([
      "platform.start",
      "platform.runtimeDone",
      "platform.report",
    ]);
  });

  test("has only what went wrong from WARN on", () => {
    const logging = json({ systemLevel: "WARN" });
    expect(types({ log: "", logging })).toEqual([""]);
    expect(types({ log: "", logging, errorType: "Sandbox.Timedout" })).toEqual([
      "platform.runtimeDone",
      "platform.report",
    ]);
    expect(JSON.parse(lines({ log: "", logging, errorType: "Sandbox.Timedout" })[1] ?? "").record).toMatchObject({
      status: "timeout",
      errorType: "Sandbox.Timedout",
    });
  });

  test("leaves out nothing that has no level that AWS knows", () => {
    const log = '{"level":"NOTICE"}\n{"m":1}\n["a"]\n{"level":\n';
    expect(lines({ log, logging: json() }).slice(1, -1)).toEqual(log.trimEnd().split("\n"));
    expect(lines({ log, logging: json({ applicationLevel: "WARN" }) }).slice(1, -1)).toEqual(['["a"]', '{"level":']);
  });

  test("knows the levels by Python's names, too", () => {
    const log = '{"level":"WARNING"}\n{"level":"CRITICAL"}\n{"level":"INFO"}\n';
    expect(lines({ log, logging: json({ applicationLevel: "WARN" }) }).slice(1, -1)).toEqual([
      '{"level":"WARNING"}',
      '{"level":"CRITICAL"}',
    ]);
  });
});
