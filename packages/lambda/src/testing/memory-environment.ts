import { type Clock, deferred } from "@fc/core";
import type {
  EnvironmentEnd,
  EnvironmentHandle,
  ExecutionEnvironment,
  Invocation,
  InvocationResult,
  LaunchRequest,
} from "../backend/backend.ts";
import { BackendError } from "../backend/backend-error.ts";
import { MemoryFault, type MemoryFunction, MemoryStreamedResponse } from "./memory-function.ts";

/** How much of an invocation's log is kept: its end. */
const keptLogBytes = 64 * 1024;

/** An environment of the memory backend. Throws when it is given two events at once. */
export class MemoryEnvironment implements ExecutionEnvironment {
  readonly id: string;
  readonly handle: EnvironmentHandle;
  readonly initDurationMs: number | undefined = 5;
  readonly request: LaunchRequest;
  readonly ended: Promise<EnvironmentEnd>;
  /** How many events it was given. */
  invocations = 0;
  readonly #run: MemoryFunction;
  readonly #clock: Clock;
  readonly #onTerminate: (() => void | Promise<void>) | undefined;
  readonly #onReset: ((environment: MemoryEnvironment) => void) | undefined;
  readonly #end = deferred<EnvironmentEnd>();
  #log = "";
  #busy = false;
  #over = false;

  constructor(options: {
    id: string;
    request: LaunchRequest;
    run: MemoryFunction;
    clock: Clock;
    onTerminate?: (() => void | Promise<void>) | undefined;
    onReset?: ((environment: MemoryEnvironment) => void) | undefined;
  }) {
    this.id = options.id;
    this.handle = { kind: "process", id: options.id };
    this.request = options.request;
    this.ended = this.#end.promise;
    this.#run = options.run;
    this.#clock = options.clock;
    this.#onTerminate = options.onTerminate;
    this.#onReset = options.onReset;
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    if (this.#over) throw new BackendError("FC_LAMBDA_NOT_DELIVERED", `Environment ${this.id} has ended`);
    if (this.#busy) throw new Error(`Environment ${this.id} was given two events at once`);
    this.#busy = true;
    this.invocations += 1;
    const startedAt = this.#clock.now();
    const written: string[] = [];
    const log = (): string => Buffer.from(written.join("")).subarray(-keptLogBytes).toString();
    try {
      const event: unknown = JSON.parse(Buffer.from(invocation.payload).toString("utf8"));
      const running = this.#answer(event, invocation, written);
      const payload = await Promise.race([running, this.#endedMeanwhile()]);
      return { outcome: "success", payload, log: log(), durationMs: this.#clock.now() - startedAt };
    } catch (error) {
      return this.#failed(error, invocation, log(), this.#clock.now() - startedAt);
    } finally {
      this.#busy = false;
    }
  }

  async #answer(event: unknown, invocation: Invocation, written: string[]): Promise<Uint8Array> {
    const answer = await this.#run(event, this.#context(invocation, written));
    if (answer instanceof MemoryStreamedResponse) return await answer.send(invocation.stream);
    return Buffer.from(JSON.stringify(answer) ?? "null");
  }

  /** Rejects when the environment ends: an invocation does not outlive it. */
  async #endedMeanwhile(): Promise<never> {
    await this.ended;
    throw new MemoryFault("crash");
  }

  logs(): Promise<string | undefined> {
    return Promise.resolve(this.#log);
  }

  async terminate(): Promise<void> {
    this.#finish({ reason: "terminated", detail: "asked for" });
    await this.#onTerminate?.();
  }

  /** Ends it as a lost node would. */
  lose(): void {
    this.#finish({ reason: "lost", detail: "made to by a test" });
  }

  #context(invocation: Invocation, written: string[]): Parameters<MemoryFunction>[1] {
    return {
      requestId: invocation.requestId,
      invokedFunctionArn: invocation.invokedFunctionArn,
      clientContext: invocation.clientContext,
      traceId: invocation.traceId,
      deadlineMs: invocation.deadlineMs,
      environmentId: this.id,
      logStreamName: this.request.log?.streamName ?? this.id,
      spec: this.request.spec,
      initializationType: this.request.initializationType ?? "on-demand",
      log: (text) => {
        written.push(text);
        this.#log += text;
        this.#tell(text);
      },
    };
  }

  /** Every call is a line of its own, or several. */
  #tell(text: string): void {
    const lines = text.replace(/\n$/, "").split("\n");
    for (const line of lines) this.request.log?.write({ timeMs: this.#clock.now(), source: "function", text: line });
  }

  #failed(error: unknown, invocation: Invocation, log: string, durationMs: number): InvocationResult {
    const result = (errorType: string, errorMessage: string): InvocationResult => ({
      outcome: "unhandled",
      errorType,
      payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
      log,
      durationMs,
    });
    if (!(error instanceof MemoryFault))
      return error instanceof Error ? result(error.name, error.message) : result("Error", String(error));
    const prefix = `RequestId: ${invocation.requestId} Error:`;
    if (error.kind === "not-delivered") {
      this.#finish({ reason: "lost", detail: "before the event was delivered" });
      throw new BackendError("FC_LAMBDA_NOT_DELIVERED", `Environment ${this.id} ended before it saw the event`);
    }
    if (error.kind === "out-of-memory") {
      this.#endProcess({ reason: "exited", detail: "out of memory" });
      return result("Runtime.OutOfMemory", `${prefix} Runtime exited with error: signal: killed`);
    }
    if (error.kind === "crash") {
      this.#endProcess({ reason: "exited", detail: `the runtime exited ${error.exit}` });
      return result("Runtime.ExitError", `${prefix} Runtime exited ${error.exit}`);
    }
    this.#endProcess({ reason: "timedout", detail: "deadline" });
    const seconds = this.request.spec.timeoutSeconds.toFixed(2);
    return result("Sandbox.Timedout", `${prefix} Task timed out after ${seconds} seconds`);
  }

  #endProcess(end: EnvironmentEnd): void {
    if (this.#over || this.#onReset === undefined) this.#finish(end);
    else this.#onReset(this);
  }

  #finish(end: EnvironmentEnd): void {
    this.#over = true;
    this.#end.resolve(end);
  }
}
