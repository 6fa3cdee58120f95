import type {
  ExecutionEnvironment,
  FunctionSpec,
  InitializationType,
  Invocation,
  InvocationResult,
  LambdaBackend,
  LaunchRequest,
} from "../backend/index.ts";
import type { Ability, BackendAbilities } from "./abilities.ts";
import type { Files } from "./samples/code-package.ts";

/** Where a case works: a backend of its own, and functions for it. All of it is ended after the case. */
export interface Bench<A extends Ability = never> {
  readonly backend: LambdaBackend;
  /** Aborts when the case's time is up. */
  readonly signal: AbortSignal;
  readonly abilities: Pick<BackendAbilities, A>;
  /** The function that does what its event says, in Node.js unless the options name another runtime. */
  readonly probe: (options?: ProbeOptions) => LaunchRequest;
  readonly launch: (request: LaunchRequest, signal?: AbortSignal) => Promise<ExecutionEnvironment>;
  readonly invoke: (
    environment: ExecutionEnvironment,
    event: unknown,
    options?: InvokeOptions,
  ) => Promise<InvokeAnswer>;
}

/** The function's configuration where it matters; `files` are added to its code or replace some of it. */
export interface ProbeOptions extends Partial<FunctionSpec> {
  readonly files?: Files;
  /** Default 10 000. */
  readonly initTimeoutMs?: number;
  readonly initializationType?: InitializationType;
  readonly retryInit?: boolean;
}

export interface InvokeOptions extends Partial<Invocation> {
  /** Milliseconds until the deadline. Default 20 000. */
  readonly timeoutMs?: number;
}

export interface InvokeAnswer {
  readonly requestId: string;
  readonly result: InvocationResult;
  /** The payload, parsed: a probe's answer, or an error. Undefined when it is empty. */
  readonly body: Readonly<Record<string, unknown>>;
}
