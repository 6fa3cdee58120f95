import type { Clock } from "@fc/core";
import type { EnvironmentLog } from "../backend/index.ts";
import { EnvironmentReports } from "../telemetry/environment-reports.ts";
import { Telemetry } from "../telemetry/telemetry.ts";
import type { Courier } from "./courier.ts";
import type { Extensions } from "./extensions.ts";
import type { Handover } from "./handover.ts";
import type { LineListener, LogCapture } from "./log-capture.ts";
import type { SessionOptions } from "./runtime-session.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** What is observed. */
export interface Observed {
  readonly id: string;
  readonly output: LogCapture;
  readonly supervisor: SupervisorChannel;
  readonly courier: Courier;
  readonly handover: Handover;
  readonly extensions: Extensions;
  /** Whether this is the environment's first runtime. */
  readonly isFirst: boolean;
}

/** Passes lines on as they are written. */
export function lineWriter(log: EnvironmentLog, clock: Clock): LineListener {
  return { wanted: true, line: (source, text) => log.write({ timeMs: clock.now(), source, text }) };
}

/** Lambda's lines about an init phase that failed, also for who reads along: `reader`. */
export function noteInit(
  output: LogCapture,
  lines: readonly string[],
  clock: Clock,
  reader: SessionOptions | undefined,
): void {
  const source = reader?.spec.logging?.format === "JSON" ? "platform" : "function";
  for (const text of lines) {
    output.note(`${text}\n`);
    reader?.log?.write({ timeMs: clock.now(), source, text });
  }
}

/** The telemetry of one life of a runtime: its lines and what is reported of it. */
export function observe(
  { id, output, supervisor, courier, handover, extensions, isFirst }: Observed,
  clock: Clock,
): {
  readonly telemetry: Telemetry;
  readonly reports: EnvironmentReports;
} {
  const telemetry = new Telemetry({
    clock,
    openChannel: (number) => courier.open(number),
    isJson: () => handover.options?.spec.logging?.format === "JSON",
    onPlatform: ({ timeMs, type, record }) => {
      if (!/^platform\.(extension|\w+Subscription)$/.test(type)) return;
      const text = JSON.stringify({ time: new Date(timeMs).toISOString(), type, record });
      handover.options?.log?.write({ timeMs, source: "platform", text });
    },
  });
  output.listen(telemetry);
  const reports = new EnvironmentReports({
    telemetry,
    phase: isFirst ? "init" : "invoke",
    now: () => clock.now(),
    subject: () => ({
      spec: handover.options?.spec,
      environmentId: id,
      initializationType: handover.options?.initializationType,
    }),
    // Asked only for those who read it.
    memoryUsedMb: async () => (telemetry.any ? await supervisor.peakMemoryMb() : undefined),
    settled: () => output.complete(),
    extensions: () => extensions.all,
  });
  return { telemetry, reports };
}
