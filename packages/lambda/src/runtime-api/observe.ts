import type { Clock } from "@fc/core";
import { EnvironmentReports } from "../telemetry/environment-reports.ts";
import { Telemetry } from "../telemetry/telemetry.ts";
import type { Extensions } from "./extensions.ts";
import type { Handover } from "./handover.ts";
import type { LogCapture } from "./log-capture.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** What is observed of an environment. */
export interface Observed {
  readonly id: string;
  readonly output: LogCapture;
  readonly supervisor: SupervisorChannel;
  readonly handover: Handover;
  readonly extensions: Extensions;
}

/** The telemetry of an environment: its lines and what is reported of it. */
export function observe(
  { id, output, supervisor, handover, extensions }: Observed,
  clock: Clock,
): {
  readonly telemetry: Telemetry;
  readonly reports: EnvironmentReports;
} {
  const telemetry = new Telemetry({
    clock,
    openChannel: (number) => supervisor.openTelemetry(number),
    isJson: () => handover.options?.spec.logging?.format === "JSON",
    onPlatform: ({ timeMs, type, record }) => {
      if (!/^platform\.(extension|\w+Subscription)$/.test(type)) return;
      const text = JSON.stringify({ time: new Date(timeMs).toISOString(), type, record });
      handover.options?.log?.write({ timeMs, source: "platform", text });
    },
  });
  output.listen(telemetry);
  output.listen({
    get wanted() {
      return handover.options?.log !== undefined;
    },
    line: (source, text) => handover.options?.log?.write({ timeMs: clock.now(), source, text }),
  });
  const reports = new EnvironmentReports({
    telemetry,
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
