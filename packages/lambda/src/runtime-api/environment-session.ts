import { type Clock, type Deferred, deferred } from "@fc/core";
import type { EnvironmentEnd, Invocation, InvocationResult, ResponseSink } from "../backend/index.ts";
import type { EnvironmentReports } from "../telemetry/environment-reports.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { type ActiveInvocation, settle } from "./active-invocation.ts";
import { Extensions, externalExtensions } from "./extensions.ts";
import { exitError, type FunctionError, type RuntimeExit, timedOutError } from "./function-error.ts";
import { Handover } from "./handover.ts";
import { LogCapture } from "./log-capture.ts";
import { observe } from "./observe.ts";
import { type FunctionEnvironment, functionEnvironment, logStreamName } from "./reserved-environment.ts";
import type { EndReport, RuntimeSession, SessionIdentity, SessionOptions } from "./runtime-session.ts";
import type { Completion, Poll } from "./runtime-side.ts";
import { initFailed, launchFailed, notDelivered } from "./session-errors.ts";
import { shutDown } from "./shut-down.ts";
import { SupervisorChannel } from "./supervisor-channel.ts";

/** How long the end of the environment may take to explain itself once its connection is gone. The kubelet needs up to 2.2 s. */
const explanationMs = 2_500;
/** How long the code may take to get into the environment, unless the options say. */
const longestTransferMs = 60_000;
const killedExitCode = 137;

/** The state machine of one environment: starting → idle ⇄ busy → ended. It knows nothing of HTTP. */
export class EnvironmentSession implements RuntimeSession {
  readonly id: string;
  readonly hostName: string;
  readonly token: string;
  readonly handover: Handover = new Handover();
  readonly output: LogCapture;
  readonly supervisor: SupervisorChannel;
  readonly extensions: Extensions;
  readonly telemetry: Telemetry;
  isSupervised = false;
  readonly #reports: EnvironmentReports;
  readonly #clock: Clock;
  readonly #initRequestId: string;
  readonly #ready: Deferred<{ readonly initDurationMs: number }> = deferred();
  readonly ready: Promise<{ readonly initDurationMs: number }> = this.#ready.promise;
  readonly #ended: Deferred<EnvironmentEnd> = deferred();
  readonly ended: Promise<EnvironmentEnd> = this.#ended.promise;
  readonly #finished: Deferred<void> = deferred();
  readonly finished: Promise<void> = this.#finished.promise;
  #state: "starting" | "started" | "ended" = "starting";
  #hasCode = false;
  #initStartedMs: number | undefined;
  #cancelInit: () => void = () => undefined;
  #cancelExplanation: (() => void) | undefined;
  /** Ends extensions that are at work beyond the deadline of the invocation before. */
  #cancelOverrun: (() => void) | undefined;
  #exitReported = false;
  readonly #exited: Deferred<void> = deferred();
  #poll: Poll | undefined;
  #active: ActiveInvocation | undefined;

  /** @param options the function; undefined when it is assigned later */
  constructor(identity: SessionIdentity, options: SessionOptions | undefined, clock: Clock) {
    this.id = identity.id;
    this.hostName = `${identity.id}.rt`;
    this.token = identity.token;
    this.#initRequestId = identity.initRequestId;
    this.#clock = clock;
    this.output = new LogCapture(clock);
    this.supervisor = new SupervisorChannel(clock);
    this.extensions = new Extensions({ clock, onIdle: () => this.#extensionsIdle() });
    ({ telemetry: this.telemetry, reports: this.#reports } = observe(this, clock));
    if (options !== undefined) this.assign(options);
  }

  get atGate(): Promise<void> {
    return this.handover.atGate;
  }

  get hasCode(): boolean {
    return this.#hasCode;
  }

  get isEnded(): boolean {
    return this.#state === "ended";
  }

  assign(options: SessionOptions): boolean {
    if (!this.handover.assign(options)) return false;
    this.extensions.expect(externalExtensions(options.code));
    if (this.handover.asked) this.#limitTransfer(options);
    return true;
  }

  /** The environment asks for its code. False when that already happened: the token is for one use. */
  ask(): boolean {
    if (!this.handover.ask()) return false;
    if (this.handover.options !== undefined) this.#limitTransfer(this.handover.options);
    return true;
  }

  codeArrived(): void {
    const { options } = this.handover;
    if (this.#state !== "starting" || this.#initStartedMs !== undefined || options === undefined) return;
    this.#cancelInit();
    this.#hasCode = true;
    this.#initStartedMs = this.#clock.now();
    this.#reports.initStarted();
    const { initTimeoutMs } = options;
    this.#cancelInit = this.#clock.after(initTimeoutMs, () => {
      this.#end(
        { reason: "timedout", detail: `the init phase took longer than ${initTimeoutMs} ms` },
        timedOutError(this.#initRequestId, initTimeoutMs / 1_000),
      );
    });
  }

  next(poll: Poll): boolean {
    if (this.#state === "ended" || this.#poll !== undefined || this.#active?.deliveredAtMs !== undefined) return false;
    this.#poll = poll;
    this.#reports.runtimeReady();
    if (!this.extensions.busy) this.#proceed();
    return true;
  }

  /** An extension reports that it cannot start or go on: the environment ends, as on AWS. */
  extensionFailed(error: FunctionError): void {
    const detail = `an extension failed with ${error.errorType}`;
    if (!this.initFailed(error)) this.#end({ reason: "exited", detail }, error);
  }

  /** The connection of a waiting runtime is gone. Without a supervisor to report the exit, that is the end. */
  pollClosed(poll: Poll): void {
    if (this.#poll !== poll) return;
    this.#poll = undefined;
    if (!this.isSupervised) this.connectionLost();
  }

  /** A supervisor in the environment holds a connection of its own, and reports how the runtime ends. */
  supervised(): void {
    this.isSupervised = true;
  }

  connectionLost(): void {
    this.#explainWithin({ reason: this.#wordless("exited"), detail: "the runtime's connection closed" }, {});
  }

  /** The supervisor tells how the runtime ended. */
  exited(exit: RuntimeExit): void {
    this.#exitReported = true;
    this.#exited.resolve();
    const end: EnvironmentEnd = { reason: "exited", detail: `the runtime exited with status ${exit.exitCode}` };
    // Only the cluster may know whether it was the memory limit that killed it.
    if (exit.exitCode === killedExitCode && exit.oomKilled === undefined) this.#explainWithin(end, exit);
    else this.#endWithExit(end, exit);
  }

  environmentEnded(end: EndReport): void {
    const reason = end.oomKilled === true ? end.reason : this.#wordless(end.reason);
    this.#endWithExit({ reason, detail: end.detail }, end);
  }

  close(): void {
    this.#endWithExit({ reason: "terminated", detail: "the environment was terminated" }, {});
  }

  environmentOf({ spec, awsEndpointUrl, initializationType, log }: SessionOptions): FunctionEnvironment {
    const stream = log?.streamName ?? logStreamName(spec.version, this.#clock.now(), this.id);
    return functionEnvironment(spec, { awsEndpointUrl, logStreamName: stream, initializationType });
  }

  wrote(chunk: Uint8Array): void {
    this.output.mode = "relay";
    this.output.append(chunk);
  }

  log(): string {
    return this.output.whole();
  }

  maxMemoryUsedMb(): Promise<number | undefined> {
    return this.supervisor.peakMemoryMb();
  }

  /** The runtime could not start the function. */
  initFailed(error: FunctionError): boolean {
    if (this.#state !== "starting") return false;
    this.#hasCode = true;
    this.#end({ reason: "exited", detail: `the init phase failed with ${error.errorType}` }, error);
    return true;
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    if (this.#state === "ended") return Promise.reject(notDelivered(`environment ${this.id} has ended`));
    if (this.#active !== undefined)
      return Promise.reject(notDelivered(`environment ${this.id} is busy with ${this.#active.invocation.requestId}`));
    const cancelDeadline = this.#clock.after(Math.max(0, invocation.deadlineMs - this.#clock.now()), () =>
      this.#timedOut(),
    );
    const result: Deferred<InvocationResult> = deferred();
    this.#active = { invocation, result, cancelDeadline };
    this.#deliver();
    return result.promise;
  }

  /** Whether the runtime is at work on this invocation. */
  isActive(requestId: string): boolean {
    return this.#active?.deliveredAtMs !== undefined && this.#active.invocation.requestId === requestId;
  }

  /** Where the answer to this invocation goes as it comes; undefined when its caller wants it whole. */
  sink(requestId: string): ResponseSink | undefined {
    return this.isActive(requestId) ? this.#active?.invocation.stream : undefined;
  }

  complete(requestId: string, completion: Completion): boolean {
    const active = this.#active;
    if (active === undefined || !this.isActive(requestId)) return false;
    this.#active = undefined;
    this.#reports.answered(completion);
    // The caller has its answer at once; the environment is free when its extensions are done as well.
    if (this.extensions.busy) this.#cancelOverrun = active.cancelDeadline;
    else active.cancelDeadline();
    void this.#settle(active, completion);
    return true;
  }

  #extensionsIdle(): void {
    this.#cancelOverrun?.();
    if (this.#poll !== undefined) this.#proceed();
  }

  /** The runtime waits and no extension is at work: the init phase is over, and the next event can go out. */
  #proceed(): void {
    if (this.#state === "starting") {
      this.#state = "started";
      this.#cancelInit();
      this.extensions.close();
      const now = this.#clock.now();
      this.#ready.resolve({ initDurationMs: now - (this.#initStartedMs ?? now) });
    }
    this.#reports.idle();
    this.#deliver();
  }

  #deliver(): void {
    const [poll, active] = [this.#poll, this.#active];
    if (poll === undefined || active === undefined || active.deliveredAtMs !== undefined || this.extensions.busy)
      return;
    this.#poll = undefined;
    if (!poll.deliver(active.invocation)) return;
    active.deliveredAtMs = this.#clock.now();
    this.#reports.delivered(active.invocation);
    this.extensions.invoke(active.invocation);
  }

  #settle(active: ActiveInvocation, completion: Completion): Promise<void> {
    return settle(active, completion, { nowMs: this.#clock.now(), output: this.output, supervisor: this.supervisor });
  }

  #timedOut(): void {
    const { requestId = "" } = this.#active?.invocation ?? {};
    const { timeoutSeconds = 0 } = this.handover.options?.spec ?? {};
    this.#end(
      { reason: "timedout", detail: `invocation ${requestId} took longer than ${timeoutSeconds} s` },
      timedOutError(requestId, timeoutSeconds),
    );
  }

  #limitTransfer({ transferTimeoutMs = longestTransferMs }: SessionOptions): void {
    const detail = `the environment took no code for ${transferTimeoutMs} ms`;
    this.#cancelInit = this.#clock.after(transferTimeoutMs, () => this.#endWithExit({ reason: "lost", detail }, {}));
  }

  /** A runtime that ends in its init phase is reported by its supervisor. When both go without a word, it was not the function. */
  #wordless(reason: EnvironmentEnd["reason"]): EnvironmentEnd["reason"] {
    return reason === "exited" && this.#state === "starting" && this.isSupervised && !this.#exitReported
      ? "lost"
      : reason;
  }

  #explainWithin(end: EnvironmentEnd, exit: RuntimeExit): void {
    if (this.#state === "ended" || this.#cancelExplanation !== undefined) return;
    this.#cancelExplanation = this.#clock.after(explanationMs, () => this.#endWithExit(end, exit));
  }

  #endWithExit(end: EnvironmentEnd, exit: RuntimeExit): void {
    this.#end(end, exitError(this.#active?.invocation.requestId ?? this.#initRequestId, exit));
  }

  #end(end: EnvironmentEnd, error: FunctionError): void {
    if (this.#state === "ended") return;
    const before = this.#state;
    this.#state = "ended";
    this.handover.end();
    this.#cancelInit();
    this.#cancelExplanation?.();
    const active = this.#active;
    this.#active = undefined;
    active?.cancelDeadline();
    this.#cancelOverrun?.();
    let last: Promise<void> = this.output.settled();
    if (active?.deliveredAtMs !== undefined) last = this.#settle(active, { error });
    else
      active?.result.reject(
        notDelivered(`environment ${this.id} ended before its runtime took the event: ${end.detail}`),
      );
    if (before === "starting") void this.#failInit(end, error);
    this.#reports.ended(end.reason, error);
    this.#ended.resolve(end);
    const stopped = shutDown(this, { poll: this.#poll, exited: this.#exited.promise }, end.reason);
    this.#poll = undefined;
    void Promise.all([last, stopped.then(() => this.output.complete())]).then(() => this.#finished.resolve());
  }

  async #failInit(end: EnvironmentEnd, error: FunctionError): Promise<void> {
    const spec = this.handover.options?.spec;
    if (!this.#hasCode || end.reason === "terminated" || end.reason === "lost")
      return this.#ready.reject(launchFailed(spec, end));
    const endedMs = this.#clock.now();
    await this.output.settled();
    const initDurationMs = endedMs - (this.#initStartedMs ?? endedMs);
    this.#ready.reject(
      initFailed(spec, error, { requestId: this.#initRequestId, log: this.output.take(), initDurationMs }),
    );
  }
}
