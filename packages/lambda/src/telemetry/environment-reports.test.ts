import { expect, test } from "vitest";
import type { InitializationType } from "../backend/index.ts";
import { EnvironmentReports } from "./environment-reports.ts";
import type { Telemetry } from "./telemetry.ts";

test.each<[InitializationType | undefined, InitializationType]>([
  [undefined, "on-demand"],
  ["provisioned-concurrency", "provisioned-concurrency"],
])("the init phase of an environment made as %s is reported as %s", (initializationType, reported) => {
  const events: [string, unknown][] = [];
  const telemetry = {
    any: true,
    emit: (name: string, record: unknown) => void events.push([name, record]),
    close: () => undefined,
  } as unknown as Telemetry;
  const reports = new EnvironmentReports({
    telemetry,
    phase: "init",
    now: () => 0,
    subject: () => ({ spec: undefined, environmentId: "e", initializationType }),
    memoryUsedMb: () => Promise.resolve(undefined),
    settled: () => Promise.resolve(),
    extensions: () => [],
  });
  reports.initStarted();
  reports.runtimeReady();
  reports.idle();
  const type = expect.objectContaining({ initializationType: reported });
  expect(events).toEqual([
    ["platform.initStart", type],
    ["platform.initRuntimeDone", type],
    ["platform.initReport", type],
  ]);
});
