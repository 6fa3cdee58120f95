import type { ExecutionEnvironment } from "../backend/index.ts";

/** What a backend, or whoever runs the cases on it, can do beyond the contract. */
export interface BackendAbilities {
  /** Names what exists of environments now (Pods, processes, Secrets), whether the backend still knows of it or not. */
  readonly leftovers: () => Promise<readonly string[]>;
  /** Takes the environment away behind the backend's back, as a node that fails does. */
  readonly lose: (environment: ExecutionEnvironment) => Promise<void>;
  /** The environment's own file system: code in `/var/task`, layers in `/opt`, a `/tmp` that no other environment sees. */
  readonly ownFiles: true;
  /** A function that needs more than its memory size is killed for that. */
  readonly memoryLimit: true;
  /** Results tell how much memory was used, when the caller wants to know. */
  readonly memoryUse: true;
  /** Functions are processes: a signal can kill one. */
  readonly signals: true;
  /** A runtime that ended is started anew in its environment, and a failed init phase is repeated there when that is wanted. */
  readonly reinit: true;
  /** Layers may bring external extensions, scripts for bash among them. */
  readonly extensions: true;
  /** Extensions may subscribe to the telemetry of their environment. */
  readonly telemetry: true;
  /** A response that the runtime streams reaches the invocation's sink while it is made. */
  readonly streaming: true;
  /** What is written reaches the launch's `log` while it is written. */
  readonly logLines: true;
  /** `AWS_LAMBDA_EXEC_WRAPPER` is honoured; the wrappers are scripts for bash. */
  readonly execWrapper: true;
  /** A Python runtime's name: `python3.13`. */
  readonly python: string;
  /** The name of a runtime whose functions bring a program `bootstrap`, where there is bash: `provided.al2023`. */
  readonly customRuntime: string;
}

export type Ability = keyof BackendAbilities;
