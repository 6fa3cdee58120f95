import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import {
  BackendError,
  type EnvironmentEnd,
  type ExecutionEnvironment,
  type Invocation,
  type InvocationResult,
  type LaunchRequest,
} from "@fc/lambda/backend";
import { functionVariables } from "./function-variables.ts";

interface ProcessOptions {
  readonly request: LaunchRequest;
  readonly folder: string;
  readonly awsEndpointUrl: string;
  readonly path: string;
  /** Called when the process has ended. */
  readonly gone: () => Promise<void>;
}

/** What runtime.mjs says. */
type Word =
  | { readonly ready: true }
  | { readonly failed: string }
  | { readonly answer: string }
  | { readonly error: string };

interface Work {
  readonly invocation: Invocation;
  readonly startedAt: number;
  readonly timer: NodeJS.Timeout;
  readonly done: (result: InvocationResult) => void;
  word?: Word;
}

const keptLogBytes = 64 * 1024;

/** One environment: a process that runs one event at a time. */
export class FunctionProcess implements ExecutionEnvironment {
  readonly id: string = randomUUID();
  readonly ready: Promise<void>;
  readonly ended: Promise<EnvironmentEnd>;
  initDurationMs = 0;
  readonly #child: ChildProcess;
  readonly #timeoutSeconds: number;
  readonly #gone: Promise<void>;
  #output = "";
  #taken = 0;
  #work: Work | undefined;
  #over: EnvironmentEnd["reason"] | undefined;
  #initFailure: string | undefined;

  constructor({ request, folder, awsEndpointUrl, path, gone }: ProcessOptions) {
    this.#timeoutSeconds = request.spec.timeoutSeconds;
    this.#child = fork(join(import.meta.dirname, "runtime.mjs"), {
      cwd: join(folder, "var/task"),
      env: functionVariables({ request, folder, awsEndpointUrl, path, id: this.id }),
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => this.#wrote(text));
    const closed = once(this.#child, "close") as Promise<[number | null, string | null]>;
    this.#gone = closed.then(gone);
    this.ended = closed.then(([code, signal]) => this.#closed(exitText(code, signal)));
    this.ready = this.#initialised(request.initTimeoutMs);
  }

  get handle(): ExecutionEnvironment["handle"] {
    return { kind: "process", id: String(this.#child.pid) };
  }

  invoke(invocation: Invocation): Promise<InvocationResult> {
    if (this.#over !== undefined || this.#work !== undefined || !this.#child.connected)
      return Promise.reject(
        new BackendError("FC_LAMBDA_NOT_DELIVERED", `Process ${this.#child.pid} takes no event now`),
      );
    return new Promise((done) => {
      const timer = setTimeout(() => this.#end("timedout"), invocation.deadlineMs - Date.now());
      this.#work = { invocation, startedAt: performance.now(), timer, done };
      const { payload, stream: _, ...context } = invocation;
      this.#child.send({ event: Buffer.from(payload).toString(), context });
    });
  }

  logs(): Promise<string> {
    return Promise.resolve(this.#output);
  }

  async terminate(): Promise<void> {
    this.#end("terminated");
    await this.#gone;
  }

  async #initialised(timeoutMs: number): Promise<void> {
    const startedAt = performance.now();
    const timer = setTimeout(() => {
      this.#initFailure = errorJson("Sandbox.Timedout", this.id, timedOut(timeoutMs / 1_000));
      this.#end("timedout");
    }, timeoutMs);
    const isReady = new Promise<boolean>((resolve) => {
      this.#child.on("message", (word: Word) => {
        if ("ready" in word) resolve(true);
        else if ("failed" in word) this.#initFailure = word.failed;
        else this.#said(word);
      });
      void this.ended.then(() => resolve(false));
    });
    const ready = await isReady;
    clearTimeout(timer);
    this.initDurationMs = performance.now() - startedAt;
    if (ready) return;
    const payload = this.#initFailure ?? errorJson("Runtime.ExitError", this.id, (await this.ended).detail);
    const { errorType } = JSON.parse(payload) as { errorType: string };
    const details = { errorType, payload, log: this.#output, requestId: this.id };
    throw new BackendError("FC_LAMBDA_INIT_FAILED", `The function did not start: ${payload}`, { details });
  }

  #wrote(text: string): void {
    this.#output += text;
    this.#settle();
  }

  #said(word: Word): void {
    if (this.#work !== undefined) this.#work.word = word;
    this.#settle();
  }

  /** The runtime ends an event's output with a mark, so that nothing of it is missed or left to the next one. */
  #settle(): void {
    const { word, invocation } = this.#work ?? {};
    const mark = `\0${invocation?.requestId}\n`;
    if (word === undefined || !this.#output.includes(mark)) return;
    this.#output = this.#output.replace(mark, "");
    if ("answer" in word) this.#finish({ outcome: "success", payload: Buffer.from(word.answer) });
    else if ("error" in word) this.#finish(failure(word.error));
  }

  #closed(how: string): EnvironmentEnd {
    const reason = this.#over ?? "exited";
    this.#over = reason;
    const { requestId } = this.#work?.invocation ?? { requestId: "" };
    const error =
      reason === "timedout"
        ? errorJson("Sandbox.Timedout", requestId, timedOut(this.#timeoutSeconds))
        : errorJson("Runtime.ExitError", requestId, how);
    this.#finish(failure(error));
    return { reason, detail: how };
  }

  #finish(result: Pick<InvocationResult, "outcome" | "payload" | "errorType">): void {
    const { done, startedAt, timer } = this.#work ?? {};
    this.#work = undefined;
    clearTimeout(timer);
    const log = Buffer.from(this.#output.slice(this.#taken)).subarray(-keptLogBytes).toString();
    this.#taken = this.#output.length;
    done?.({ ...result, log, durationMs: performance.now() - (startedAt ?? 0) });
  }

  #end(reason: EnvironmentEnd["reason"]): void {
    this.#over ??= reason;
    this.#child.kill("SIGKILL");
  }
}

function failure(payload: string): Pick<InvocationResult, "outcome" | "payload" | "errorType"> {
  const { errorType } = JSON.parse(payload) as { errorType: string };
  return { outcome: "unhandled", payload: Buffer.from(payload), errorType };
}

function errorJson(errorType: string, requestId: string, text: string): string {
  return JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${text}` });
}

function timedOut(seconds: number): string {
  return `Task timed out after ${seconds.toFixed(2)} seconds`;
}

function exitText(code: number | null, signal: string | null): string {
  if (signal !== null) return `Runtime exited with error: signal: ${signal === "SIGKILL" ? "killed" : signal}`;
  return code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: exit status ${code}`;
}
