import { type Clock, type Deferred, deferred } from "@fc/core";
import type { CodePackage, EnvironmentEnd, Invocation, InvocationResult } from "../backend/index.ts";
import { Courier } from "./courier.ts";
import { Desk } from "./desk.ts";
import { Ending } from "./ending.ts";
import { type Extensions, externalExtensions } from "./extensions.ts";
import {
  type ExtensionExit,
  exitError,
  extensionError,
  type FunctionError,
  type RuntimeExit,
  timedOutError,
} from "./function-error.ts";
import { Lives } from "./lives.ts";
import { LogCapture, type LogMode } from "./log-capture.ts";
import { lineWriter, noteInit } from "./observe.ts";
import { type FunctionEnvironment, functionEnvironment, logStreamName } from "./reserved-environment.ts";
import type { EndReport, RuntimeSession, SessionIdentity, SessionOptions } from "./runtime-session.ts";
import type { Completion, Poll } from "./runtime-side.ts";
import { notDelivered, notStarted } from "./session-errors.ts";
import { SupervisorChannel } from "./supervisor-channel.ts";

/** How long the code may take to get into the environment, unless the options say. */
const longestTransferMs = 60_000;
/** Code that the environment has already. */
const inPlace: CodePackage = { files: [], sizeBytes: 0, content: async function* () {} };

/**
 * The state machine of one environment: starting → idle ⇄ busy → ended. Where a supervisor can start the runtime anew, what is the
 * function's fault leads to reset instead of ended, and the next event from there to busy. It knows nothing of HTTP.
 */
export class EnvironmentSession implements RuntimeSession {
  readonly id: string;
  readonly hostName: string;
  readonly token: string;
  readonly output: LogCapture;
  readonly supervisor: SupervisorChannel;
  readonly courier: Courier = new Courier();
  readonly desk: Desk;
  readonly lives: Lives;
  readonly ending: Ending;
  readonly atGate: Promise<void>;
  readonly log: () => string = () => this.output.whole();
  readonly maxMemoryUsedMb: () => Promise<number | undefined> = () => this.supervisor.peakMemoryMb();
  readonly connectionLost: () => void = () => this.ending.connectionLost();
  hasCode = false;
  readonly #clock: Clock;
  readonly #initRequestId: string;
  readonly #ready: Deferred<{ readonly initDurationMs: number | undefined }> = deferred();
  readonly ready: Promise<{ readonly initDurationMs: number | undefined }> = this.#ready.promise;
  readonly #ended: Deferred<EnvironmentEnd> = deferred();
  readonly ended: Promise<EnvironmentEnd> = this.#ended.promise;
  readonly #finished: Deferred<void> = deferred();
  readonly finished: Promise<void> = this.#finished.promise;
  #state: "starting" | "started" | "reset" | "ended" = "starting";
  #options: SessionOptions | undefined;
  #logStream: string | undefined;
  /** Ends extensions that are at work beyond the deadline of the invocation before. */
  #cancelOverrun: (() => void) | undefined;

  /** @param options the function; undefined when it is assigned later */
  constructor(identity: SessionIdentity, options: SessionOptions | undefined, clock: Clock) {
    this.id = identity.id;
    this.hostName = `${identity.id}.rt`;
    this.token = identity.token;
    this.#initRequestId = identity.initRequestId;
    this.#clock = clock;
    this.output = new LogCapture(clock);
    this.supervisor = new SupervisorChannel(clock, this.output.marks);
    const { output, supervisor, courier } = this;
    this.desk = new Desk(clock, output, supervisor);
    this.lives = new Lives({ id: this.id, clock, output, supervisor, courier }, () => {
      this.#cancelOverrun?.();
      if (this.desk.isWaitedAt) this.#proceed();
    });
    this.ending = new Ending(clock, this.lives, {
      state: () => this.#state,
      failed: (end, exit) => this.#fail(end, exitError(this.#requestId, exit)),
      initFailed: (end, error) => this.#fail(end, error),
      gone: (end, exit) => this.#endWithExit(end, exit),
    });
    this.atGate = this.lives.current.handover.atGate;
    if (options !== undefined) this.assign(options);
  }

  get isEnded(): boolean {
    return this.#state === "ended";
  }

  /** Those that are there, also while they are being ended. */
  get extensions(): Extensions {
    return this.lives.present.extensions;
  }

  assign(options: SessionOptions): boolean {
    if (this.#options !== undefined || !this.lives.current.handover.assign(options)) return false;
    this.#options = options;
    if (options.log !== undefined) this.output.listen(lineWriter(options.log, this.#clock));
    this.extensions.expect(options.extensions ?? externalExtensions(options.code));
    if (this.lives.current.handover.asked) this.#limitTransfer(options);
    return true;
  }

  /** The environment asks for its code. False when its runtime has asked before: the token is for one use in each life. */
  ask(): boolean {
    if (!this.lives.current.handover.ask()) return false;
    this.lives.arrived();
    if (this.#state === "reset") this.lives.current.init.end();
    else if (this.#options !== undefined) this.#limitTransfer(this.#options);
    return true;
  }

  codeArrived(): void {
    const { init, reports } = this.lives.current;
    if (this.#state === "started" || this.#state === "ended" || init.begun || this.#options === undefined) return;
    this.hasCode = true;
    init.begin();
    reports.initStarted();
    if (this.#state === "reset") return;
    const { initTimeoutMs } = this.#options;
    init.limit(initTimeoutMs, () => {
      const detail = `the init phase took longer than ${initTimeoutMs} ms`;
      this.#fail({ reason: "timedout", detail }, timedOutError(this.#initRequestId, initTimeoutMs / 1_000));
    });
  }

  next(poll: Poll): boolean {
    const { init, reports } = this.lives.current;
    // One that is being killed is let go.
    if (this.#state === "reset" && !init.begun) {
      poll.drop();
      return true;
    }
    if (this.#state === "ended" || this.ending.isAnnounced || !this.desk.wait(poll)) return false;
    reports.runtimeReady();
    if (!this.extensions.busy) this.#proceed();
    return true;
  }

  /** An extension has ended, and nobody asked for it: the environment is reset, as on AWS. */
  extensionEnded(name: string, exit: ExtensionExit): void {
    const announced = this.extensions.ended(name);
    if (this.lives.isChanging) return;
    this.hasCode = true;
    const end: EnvironmentEnd = { reason: "exited", detail: `the extension ${name} ended` };
    this.#fail(end, extensionError(this.#requestId, name, exit, announced));
  }

  pollClosed(poll: Poll): void {
    if (this.desk.leave(poll) !== undefined) this.ending.pollClosed();
  }

  environmentEnded(end: EndReport): void {
    this.ending.environmentEnded(end);
  }

  close(): void {
    this.#endWithExit({ reason: "terminated", detail: "the environment was terminated" }, {});
  }

  environmentOf({ spec, awsEndpointUrl, initializationType, log }: SessionOptions): FunctionEnvironment {
    this.#logStream ??= log?.streamName ?? logStreamName(spec.version, this.#clock.now(), this.id);
    return functionEnvironment(spec, { awsEndpointUrl, logStreamName: this.#logStream, initializationType });
  }

  wrote(chunk: Uint8Array, mode: LogMode = "relay"): void {
    this.output.mode = mode;
    this.output.append(chunk);
  }

  /** The runtime could not start the function. */
  initFailed(error: FunctionError): boolean {
    if (this.#state !== "starting" && !(this.#state === "reset" && this.lives.current.init.begun)) return false;
    this.hasCode = true;
    return this.ending.initFailed(error);
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    if (this.#state === "ended") return Promise.reject(notDelivered(`environment ${this.id} has ended`));
    const busy = this.desk.active?.invocation.requestId;
    if (busy !== undefined) return Promise.reject(notDelivered(`environment ${this.id} is busy with ${busy}`));
    const { result } = this.desk.bring(invocation, () => this.#timedOut());
    if (this.#state === "reset") this.#beginAnew();
    else this.#deliver();
    return result.promise;
  }

  complete(requestId: string, completion: Completion): boolean {
    const active = this.desk.answered(requestId);
    if (active === undefined) return false;
    this.lives.current.reports.answered(completion);
    // The caller has its answer at once; the environment is free when its extensions are done as well.
    if (this.extensions.busy) this.#cancelOverrun = active.cancelDeadline;
    else active.cancelDeadline();
    void this.desk.settle(active, completion, this.#clock.now());
    return true;
  }

  /** The runtime waits and no extension is at work: the init phase is over, and the next event can go out. */
  #proceed(): void {
    if (this.#state !== "started") {
      if (this.#state === "starting") this.#ready.resolve({ initDurationMs: this.lives.current.init.durationMs });
      this.#state = "started";
      this.lives.current.init.end();
      this.extensions.close();
    }
    this.lives.current.reports.idle();
    this.#deliver();
  }

  #deliver(): void {
    const delivered = this.extensions.busy ? undefined : this.desk.deliver();
    if (delivered === undefined) return;
    this.lives.current.reports.delivered(delivered);
    this.extensions.invoke(delivered);
  }

  #timedOut(): void {
    const { requestId = "" } = this.desk.active?.invocation ?? {};
    const { timeoutSeconds = 0 } = this.#options?.spec ?? {};
    const detail = `invocation ${requestId} took longer than ${timeoutSeconds} s`;
    this.#fail({ reason: "timedout", detail }, timedOutError(requestId, timeoutSeconds));
  }

  #limitTransfer({ transferTimeoutMs = longestTransferMs }: SessionOptions): void {
    const detail = `the environment took no code for ${transferTimeoutMs} ms`;
    this.lives.current.init.limit(transferTimeoutMs, () => this.#endWithExit({ reason: "lost", detail }, {}));
  }

  get #requestId(): string {
    return this.desk.active?.invocation.requestId ?? this.#initRequestId;
  }

  #endWithExit(end: EnvironmentEnd, exit: RuntimeExit): void {
    this.#end(end, exitError(this.#requestId, exit));
  }

  /** The function is at fault. With a supervisor it can begin anew, but for an init phase that nobody wants to see repeated. */
  #fail(end: EnvironmentEnd, error: FunctionError): void {
    const isWanted = this.#state === "starting" ? this.#options?.retryInit === true : this.#state !== "ended";
    if (isWanted && end.reason !== "lost" && this.hasCode && this.supervisor.attached) this.#reset(end, error);
    else this.#end(end, error);
  }

  #reset(end: EnvironmentEnd, error: FunctionError): void {
    const before = this.#state;
    this.#state = "reset";
    const told = this.#endLife(before, end, error);
    if (before === "starting") void told.then(() => this.#ready.resolve({ initDurationMs: undefined }));
    const late: EnvironmentEnd = { reason: "lost", detail: "its next runtime did not come to the gate" };
    this.lives.replace(end.reason, this.desk.leave(), () => this.#endWithExit(late, {}));
    this.#beginAnew();
  }

  /** Has the runtime begin anew for the event that is there, within the event's time: AWS's suppressed init. */
  #beginAnew(): void {
    const [life, begin] = [this.lives.current, this.desk.hold(() => this.#timedOut())];
    void life.handover.atGate.then(() => {
      if (this.lives.current === life && this.#options !== undefined && begin?.() === true)
        life.handover.assign({ ...this.#options, code: inPlace });
    });
  }

  #end(end: EnvironmentEnd, error: FunctionError): void {
    if (this.#state === "ended") return;
    const before = this.#state;
    this.#state = "ended";
    const told = this.#endLife(before, end, error);
    const undelivered = `environment ${this.id} ended before its runtime took the event: ${end.detail}`;
    this.desk.takeBack()?.result.reject(notDelivered(undelivered));
    if (before === "starting") {
      const [requestId, initDurationMs] = [this.#initRequestId, this.lives.current.init.durationMs];
      const how = { end, error, hasCode: this.hasCode, requestId, initDurationMs };
      void told.then(() => this.#ready.reject(notStarted(this.#options?.spec, how, this.output.take())));
    }
    this.#ended.resolve(end);
    const stopped = this.lives.end(end.reason, this.desk.leave());
    void Promise.all([told, stopped.then(() => this.output.complete())]).then(() => this.#finished.resolve());
  }

  /** Nothing of this life is waited for any more. Resolves when the invocation that it was at work on has its answer. */
  async #endLife(before: string, { reason }: EnvironmentEnd, error: FunctionError): Promise<void> {
    const [{ init, handover, reports }, endedAtMs] = [this.lives.current, this.#clock.now()];
    const isFailure = before !== "started" && init.begun && (reason === "exited" || reason === "timedout");
    const report =
      isFailure && this.#options ? init.report(this.#options, before === "reset", error.errorType) : undefined;
    const active = this.desk.failed(this.#state === "reset");
    handover.end();
    init.end();
    reports.ended(reason, error);
    this.ending.settled();
    this.#cancelOverrun?.();
    if (report !== undefined || active === undefined) await this.output.complete();
    const reader = this.#state === "reset" ? this.#options : undefined;
    if (report !== undefined) noteInit(this.output, report, this.#clock, reader);
    if (active !== undefined) await this.desk.settle(active, { error }, endedAtMs);
  }
}
