import type {
  CodePackage,
  EnvironmentEnd,
  EnvironmentLog,
  FunctionSpec,
  InitializationType,
  Invocation,
  InvocationResult,
} from "../backend/index.ts";
import type { FunctionEnvironment } from "./reserved-environment.ts";
import type { RuntimeSide } from "./runtime-side.ts";

export interface SessionOptions {
  readonly spec: FunctionSpec;
  readonly code: CodePackage;
  /** Milliseconds from the moment the code is in the environment to the runtime's first `next`. */
  readonly initTimeoutMs: number;
  /** See `LaunchRequest.retryInit`. */
  readonly retryInit?: boolean;
  /** Becomes `AWS_ENDPOINT_URL` in the function's environment, unless the function sets that itself. */
  readonly awsEndpointUrl: string;
  /** Becomes `AWS_LAMBDA_INITIALIZATION_TYPE`. Default: `on-demand`. */
  readonly initializationType?: InitializationType;
  /** Names of the external extensions that the environment starts by itself, as a container image's. Default: those of the code. */
  readonly extensions?: readonly string[];
  /** Milliseconds that the code may take to get into an environment that waits for it. Default: 60 000. */
  readonly transferTimeoutMs?: number;
  /** See `LaunchRequest.log`. */
  readonly log?: EnvironmentLog;
}

/** What an environment is known by. */
export interface SessionIdentity {
  readonly id: string;
  readonly token: string;
  /** Stands in for the request id in errors of the init phase. */
  readonly initRequestId: string;
}

/** What a backend knows about the end of an environment. */
export interface EndReport extends EnvironmentEnd {
  /** Of the container; above 128 it was a signal. */
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
}

/** The server's side of one execution environment. */
export interface RuntimeSession extends RuntimeSide {
  readonly id: string;
  /** `<id>.rt`: the name under which the environment must reach the Runtime API. */
  readonly hostName: string;
  /** Opens the gate, once. Secret. */
  readonly token: string;
  /** Resolves when the environment asks for its code; a session without a function lets it wait there. */
  readonly atGate: Promise<void>;
  /** Gives the environment its function, once. False when it has one or has ended. */
  assign(options: SessionOptions): boolean;
  /** Whether the environment has its code: from here on, an exit is the function's own. */
  readonly hasCode: boolean;
  /**
   * Resolves at the runtime's first `next`; with no duration when the init phase failed and will be repeated for the first event.
   * Rejects with a BackendError: `FC_LAMBDA_INIT_FAILED` when the function is at fault, with `details.errorType`,
   * `details.payload` (AWS's error JSON; it names `details.requestId`, which callers replace by the real one) and `details.log`;
   * `FC_LAMBDA_LAUNCH_FAILED` when the environment ended before it had its code, or was ended by somebody else.
   */
  readonly ready: Promise<{ readonly initDurationMs: number | undefined }>;
  /** See `ExecutionEnvironment.invoke`. */
  invoke(invocation: Invocation): Promise<InvocationResult>;
  /** The environment's variables, without `AWS_LAMBDA_RUNTIME_API`: for backends that do not set them through the gate. */
  environmentOf(options: SessionOptions): FunctionEnvironment;
  /** See `ExecutionEnvironment.maxMemoryUsedMb`. */
  maxMemoryUsedMb(): Promise<number | undefined>;
  /** What the runtime wrote so far, at most the last 256 KiB. */
  log(): string;
  /** The backend tells that the environment is gone. */
  environmentEnded(end: EndReport): void;
  /** Whether {@link RuntimeSession.ended} has resolved: `ready` tells the cause then, or is about to. */
  readonly isEnded: boolean;
  /** Never rejects. */
  readonly ended: Promise<EnvironmentEnd>;
  /** Resolves once nothing more is wanted from the environment, shortly after {@link RuntimeSession.ended}: it may go. Never rejects. */
  readonly finished: Promise<void>;
  /** Ends the session: an open invocation fails, the runtime is let go. Idempotent. */
  close(): void;
}
