import type { Clock } from "@fc/core";
import type { EnvironmentReports } from "../telemetry/environment-reports.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Courier } from "./courier.ts";
import { Extensions } from "./extensions.ts";
import { Handover } from "./handover.ts";
import { InitPhase } from "./init-phase.ts";
import type { LogCapture } from "./log-capture.ts";
import { observe } from "./observe.ts";
import type { SupervisorChannel } from "./supervisor-channel.ts";

/** What outlives its runtimes in an environment. */
export interface Surroundings {
  /** Of the environment. */
  readonly id: string;
  readonly clock: Clock;
  readonly output: LogCapture;
  readonly supervisor: SupervisorChannel;
  readonly courier: Courier;
}

/** One life of an environment's runtime and extensions: from the gate to their end. */
export class RuntimeLife {
  /** Whether none was before. */
  readonly isFirst: boolean;
  readonly handover: Handover = new Handover();
  readonly init: InitPhase;
  readonly extensions: Extensions;
  readonly telemetry: Telemetry;
  readonly reports: EnvironmentReports;
  /** Whether the runtime's process has ended. */
  hasExited = false;

  /** @param onExtensionsIdle told whenever no extension is at work any more */
  constructor(around: Surroundings, isFirst: boolean, onExtensionsIdle: () => void) {
    const { clock } = around;
    this.isFirst = isFirst;
    this.init = new InitPhase(clock);
    this.extensions = new Extensions({ clock, onIdle: onExtensionsIdle });
    const { handover, extensions } = this;
    ({ telemetry: this.telemetry, reports: this.reports } = observe(
      { ...around, isFirst, handover, extensions },
      clock,
    ));
  }
}
