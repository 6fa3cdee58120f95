import type { CodePackage, FunctionSpec } from "./function-spec.ts";
import type { PoolState } from "./pool-state.ts";

/**
 * Runs execution environments. A third party implements this, passes the conformance kit, and the server takes it by
 * module name. A backend throws {@link BackendError}; it knows nothing of AWS's wording.
 */
export interface LambdaBackend extends AsyncDisposable {
  readonly specificationVersion: "v1";
  /** For people and introspection: `kubernetes`. */
  readonly name: string;
  /**
   * Makes an environment and resolves as soon as its runtime asked for its first invocation. When it rejects or `signal`
   * aborts, nothing of the environment is left.
   * @throws BackendError
   */
  launch(request: LaunchRequest, options: LaunchOptions): Promise<ExecutionEnvironment>;
  /**
   * The function was made or changed and may be launched soon: a backend that keeps environments ready makes sure of one. Resolves
   * when there is one, or when the backend keeps none.
   * @throws BackendError saying why a launch would fail
   */
  prepare?(request: Pick<LaunchRequest, "spec" | "code">): Promise<void>;
  /**
   * Gets a function's container image to where it will run, and resolves with its digest (`sha256:…`), if that can be known.
   * @throws BackendError saying why a launch would fail
   */
  pullImage?(spec: FunctionSpec): Promise<string | undefined>;
  /** What is kept ready. For introspection. */
  pools?(): readonly PoolState[];
  /** Removes what dead processes left behind; resolves with how many environments that were. */
  reapStale(): Promise<number>;
  /** Whether functions can run now; the text says why not. For readiness probes. */
  health(): Promise<{ readonly ready: boolean; readonly detail: string }>;
  /** Ends every environment and releases what the backend holds. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LaunchOptions {
  readonly signal: AbortSignal;
  /**
   * To be called again and again while the launch is held up by what goes forward and takes the time that it takes, as the pull of an
   * image: each time the launch has its whole time anew. Absent: nobody limits it.
   */
  readonly onProgress?: () => void;
}

export interface LaunchRequest {
  readonly spec: FunctionSpec;
  readonly code: CodePackage;
  /** Milliseconds for the init phase. AWS: 10 000. */
  readonly initTimeoutMs: number;
  /** Where the environment's log goes as it is written, from the init phase to its end. Absent: nobody reads along. */
  readonly log?: EnvironmentLog;
  /** Why the environment is made, which the function sees in `AWS_LAMBDA_INITIALIZATION_TYPE`. Default: `on-demand`. */
  readonly initializationType?: InitializationType;
  /**
   * An invocation waits for this environment: as on AWS, an init phase that fails or takes too long may be repeated as a part of
   * that invocation, within its time. A backend that can do so resolves then. Default: it rejects, as one that cannot.
   */
  readonly retryInit?: boolean;
}

/** Takes what is written in one environment. */
export interface EnvironmentLog {
  /** The environment's `AWS_LAMBDA_LOG_STREAM_NAME`. */
  readonly streamName: string;
  /** Takes one line. It neither waits nor throws. */
  write(line: LogLine): void;
}

/** What a function or one of its extensions wrote, or what the backend has to say about them. */
export interface LogLine {
  /** When it was written, as far as that is known: milliseconds since the epoch. */
  readonly timeMs: number;
  readonly source: "function" | "extension" | "platform";
  /** Without its line end. Of the platform, an event of AWS's Telemetry API as JSON: `{"time", "type", "record"}`. */
  readonly text: string;
}

export type InitializationType = "on-demand" | "provisioned-concurrency";

/** One environment: it runs one invocation at a time. */
export interface ExecutionEnvironment {
  /** Unique among all environments. */
  readonly id: string;
  readonly handle: EnvironmentHandle;
  /** Milliseconds that the init phase took, for the first REPORT line; undefined when it is a part of the first invocation. */
  readonly initDurationMs: number | undefined;
  /**
   * Runs one invocation. Function errors, timeouts and crashes are results; after a timeout or a crash the environment has ended,
   * or begins the next invocation with a new init phase, in that invocation's time. It rejects only with a {@link BackendError}
   * `FC_LAMBDA_NOT_DELIVERED`, which promises that the runtime never saw the event. The invocation goes on when the caller
   * loses interest: there is no signal on purpose.
   */
  invoke(invocation: Invocation): Promise<InvocationResult>;
  /**
   * The most memory that the environment has used so far, in MiB: asked after an invocation, for its REPORT line. Absent where that
   * cannot be known; resolves with undefined when it is not known. Never rejects.
   */
  maxMemoryUsedMb?(): Promise<number | undefined>;
  /** The environment's whole log so far, or undefined when there is none. */
  logs(): Promise<string | undefined>;
  /** Ends the environment; idempotent; resolves when it is gone. */
  terminate(): Promise<void>;
  /** Resolves when the environment can take no more invocations, whatever the cause. Never rejects. */
  readonly ended: Promise<EnvironmentEnd>;
}

export type EnvironmentHandle =
  | {
      readonly kind: "pod";
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: "process"; readonly id: string };

export interface EnvironmentEnd {
  /** `terminated` (asked for), `exited`, `timedout`, `lost`. */
  readonly reason: "terminated" | "exited" | "timedout" | "lost";
  readonly detail: string;
}

export interface Invocation {
  readonly requestId: string;
  readonly payload: Uint8Array;
  /** Milliseconds since the epoch. When it passes, the backend ends everything that the function has running. */
  readonly deadlineMs: number;
  /** With the qualifier that the caller used, if any. */
  readonly invokedFunctionArn: string;
  /** JSON, as the caller sent it after base64 decoding. */
  readonly clientContext?: string;
  readonly traceId?: string;
  /** The caller reads `maxMemoryUsedMb`: the answer may be a moment later for it. */
  readonly wantsMemory?: boolean;
  /**
   * Takes the response of a runtime that streams it, as it comes. Absent when the caller wants it whole. A backend that cannot
   * stream leaves it alone and gives the whole response in the result.
   */
  readonly stream?: ResponseSink;
}

/** Where a streamed response goes. `start` once, then one `write` at a time; the result of the invocation is the end. */
export interface ResponseSink {
  /** The runtime began to answer. `contentType` is what it called its answer. */
  start(contentType: string): void;
  /** Resolves when the chunk was taken. Nothing more may be read from the runtime before: that is what holds it up. Never rejects. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Bytes that it takes. A response that is larger ends the invocation as `Function.ResponseSizeTooLarge`, and what comes beyond
   * is not written. Default: 209 715 200, as on AWS.
   */
  readonly limitBytes?: number;
}

export interface InvocationResult {
  /** `success`, or AWS's `X-Amz-Function-Error` case. */
  readonly outcome: "success" | "unhandled";
  /** The function's answer, or the JSON error object in AWS's form. An answer that went into {@link Invocation.stream} is not repeated here. */
  readonly payload: Uint8Array;
  /** `Runtime.ExitError`, `Sandbox.Timedout`, the exception's class… when unhandled. */
  readonly errorType?: string;
  /** What the runtime wrote during this invocation, at most the last 64 KiB, without START, END and REPORT lines. */
  readonly log: string;
  readonly durationMs: number;
  /** The most that the environment has ever used, in MiB. Absent where that is not known. */
  readonly maxMemoryUsedMb?: number;
}
