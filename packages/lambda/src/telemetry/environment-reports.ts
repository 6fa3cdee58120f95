import type { FunctionSpec, InitializationType, Invocation } from "../backend/index.ts";
import type { FunctionError } from "../runtime-api/function-error.ts";
import type { Telemetry } from "./telemetry.ts";

/** How a phase ended, in AWS's words. */
type Status = "success" | "error" | "failure" | "timeout";

/** What is known of the function and of its environment. */
export interface ReportSubject {
  readonly spec: FunctionSpec | undefined;
  readonly environmentId: string;
  /** Default: `on-demand`. */
  readonly initializationType?: InitializationType | undefined;
}

interface Sources {
  readonly telemetry: Telemetry;
  /** `invoke` for a runtime that begins anew: its init phase is a part of an invocation. */
  readonly phase: "init" | "invoke";
  readonly now: () => number;
  readonly subject: () => ReportSubject;
  /** The most memory that the environment has used so far, in MiB. */
  readonly memoryUsedMb: () => Promise<number | undefined>;
  /** Resolves when the lines are here that were written before. */
  readonly settled: () => Promise<void>;
  readonly extensions: () => readonly { readonly name: string; readonly events: readonly string[] }[];
}

interface Running {
  readonly invocation: Invocation;
  readonly startMs: number;
  answerMs?: number;
  producedBytes?: number;
  error?: FunctionError;
  readyMs?: number;
}

const bytesPerMb = 1024 * 1024;

/** Turns what a session goes through into the platform events of AWS's Telemetry API: one `start`, `runtimeDone` and `report` for every invocation. */
export class EnvironmentReports {
  readonly #from: Sources;
  #initStartMs: number | undefined;
  #runtimeInitDone = false;
  #initDurationMs: number | undefined;
  #reported = false;
  #running: Running | undefined;

  constructor(sources: Sources) {
    this.#from = sources;
    this.#reported = sources.phase === "invoke";
  }

  initStarted(): void {
    const { spec, environmentId } = this.#from.subject();
    this.#initStartMs = this.#from.now();
    const day = new Date(this.#initStartMs).toISOString().slice(0, 10).replaceAll("-", "/");
    this.#emit("platform.initStart", {
      initializationType: this.#initializationType,
      phase: this.#from.phase,
      functionName: spec?.functionName,
      functionVersion: spec?.version,
      instanceId: `${day}/${spec?.functionName}[${spec?.version}]${environmentId}`,
      instanceMaxMemory: (spec?.memorySizeMb ?? 0) * bytesPerMb,
    });
  }

  /** The runtime asks for work: its own part of the init phase, or of an invocation, is over. */
  runtimeReady(): void {
    if (!this.#runtimeInitDone) this.#initRuntimeDone("success");
    const running = this.#running;
    if (running?.answerMs === undefined || running.readyMs !== undefined) return;
    running.readyMs = this.#from.now();
    this.#runtimeDone(running, statusOf(running.error), running.error?.errorType);
  }

  /** Runtime and extensions wait: the init phase is over, or the invocation is, with what extensions did after it. */
  idle(): void {
    if (this.#initDurationMs === undefined) {
      for (const { name, events } of this.#from.extensions())
        this.#emit("platform.extension", { name, state: "Ready", events });
      this.#initReport("success");
      this.#from.telemetry.close();
    }
    const running = this.#running;
    if (running?.readyMs === undefined) return;
    this.#report(running, statusOf(running.error), running.error?.errorType);
  }

  delivered(invocation: Invocation): void {
    const startMs = this.#from.now();
    this.#running = { invocation, startMs };
    const { spec } = this.#from.subject();
    this.#emit("platform.start", { requestId: invocation.requestId, version: spec?.version, ...tracing(invocation) });
  }

  /** The runtime answered. */
  answered(answer: { readonly payload: Uint8Array } | { readonly error: FunctionError }): void {
    const running = this.#running;
    if (running === undefined) return;
    running.answerMs = this.#from.now();
    if ("error" in answer) running.error = answer.error;
    running.producedBytes = ("error" in answer ? answer.error.payload : answer.payload).byteLength;
  }

  /** The environment has ended, for this reason. */
  ended(reason: "terminated" | "exited" | "timedout" | "lost", error: FunctionError): void {
    if (reason === "lost") return;
    const running = this.#running;
    if (running?.answerMs !== undefined && reason === "terminated") {
      // It has answered: that its environment goes is no error of it.
      if (running.readyMs === undefined) this.#runtimeDone(running, statusOf(running.error), running.error?.errorType);
      this.#report(running, statusOf(running.error), running.error?.errorType);
      return;
    }
    const status = reason === "timedout" ? "timeout" : "error";
    if (running !== undefined) this.#failed(running, status, error.errorType);
    else if (reason !== "terminated" && this.#initStartMs !== undefined && this.#initDurationMs === undefined) {
      if (!this.#runtimeInitDone) this.#initRuntimeDone(status, error.errorType);
      this.#initReport(status, error.errorType);
    }
  }

  #failed(running: Running, status: Status, errorType: string): void {
    if (running.readyMs === undefined) this.#runtimeDone(running, status, errorType);
    const { requestId } = running.invocation;
    this.#emit("platform.fault", `RequestId: ${requestId} Status: ${status}\tErrorType: ${errorType}`);
    this.#report(running, status, errorType);
  }

  #initRuntimeDone(status: Status, errorType?: string): void {
    this.#runtimeInitDone = true;
    const initializationType = this.#initializationType;
    this.#emit("platform.initRuntimeDone", {
      initializationType,
      phase: this.#from.phase,
      status,
      ...named(errorType),
    });
  }

  #initReport(status: Status, errorType?: string): void {
    const durationMs = this.#from.now() - (this.#initStartMs ?? this.#from.now());
    this.#initDurationMs = durationMs;
    this.#emit("platform.initReport", {
      initializationType: this.#initializationType,
      phase: this.#from.phase,
      status,
      ...named(errorType),
      metrics: { durationMs },
    });
  }

  #runtimeDone(
    { invocation, startMs, answerMs, producedBytes = 0, readyMs }: Running,
    status: Status,
    errorType?: string,
  ): void {
    const doneMs = readyMs ?? this.#from.now();
    const spans =
      answerMs === undefined
        ? []
        : [
            span("responseLatency", startMs, answerMs),
            span("responseDuration", answerMs, answerMs),
            span("runtimeOverhead", answerMs, doneMs),
          ];
    const record = {
      requestId: invocation.requestId,
      status,
      ...named(errorType),
      metrics: { durationMs: doneMs - startMs, producedBytes },
      spans,
      ...tracing(invocation),
    };
    if (this.#from.telemetry.any)
      this.#emit(
        "platform.runtimeDone",
        this.#from.settled().then(() => record),
      );
  }

  #report(running: Running, status: Status, errorType?: string): void {
    this.#running = undefined;
    if (!this.#from.telemetry.any) {
      this.#reported = true;
      return;
    }
    const { invocation, startMs, answerMs, readyMs } = running;
    const { spec } = this.#from.subject();
    const now = this.#from.now();
    const durationMs = (answerMs ?? now) - startMs;
    // Only the first invocation of an environment has the init phase in its report.
    const init = this.#reported || this.#initDurationMs === undefined ? {} : { initDurationMs: this.#initDurationMs };
    this.#reported = true;
    const billedDurationMs = Math.ceil(durationMs + (init.initDurationMs ?? 0));
    this.#emit("platform.end", { requestId: invocation.requestId });
    const whole = this.#from.memoryUsedMb().then((maxMemoryUsedMB) => ({
      requestId: invocation.requestId,
      status,
      ...named(errorType),
      metrics: {
        durationMs,
        billedDurationMs,
        memorySizeMB: spec?.memorySizeMb,
        ...(maxMemoryUsedMB === undefined
          ? {}
          : { maxMemoryUsedMB: Math.min(maxMemoryUsedMB, spec?.memorySizeMb ?? Infinity) }),
        ...init,
      },
      ...(readyMs === undefined || readyMs === now ? {} : { spans: [span("extensionOverhead", readyMs, now)] }),
      ...tracing(invocation),
    }));
    this.#emit("platform.report", whole, now);
  }

  get #initializationType(): InitializationType {
    return this.#from.subject().initializationType ?? "on-demand";
  }

  #emit(name: string, record: object | string | Promise<object | string>, timeMs?: number): void {
    this.#from.telemetry.emit(name, record, timeMs);
  }
}

/** An error that the function raised is an `error` for AWS, too: `failure` is what the platform did. */
function statusOf(error: FunctionError | undefined): Status {
  return error === undefined ? "success" : "error";
}

function named(errorType: string | undefined): { readonly errorType?: string } {
  return errorType === undefined ? {} : { errorType };
}

function span(name: string, fromMs: number, toMs: number): object {
  return { name, start: new Date(fromMs).toISOString(), durationMs: toMs - fromMs };
}

function tracing({ traceId }: Invocation): object {
  return traceId === undefined ? {} : { tracing: { type: "X-Amzn-Trace-Id", value: traceId } };
}
