import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { FcError } from "@fc/core";
import type { OutputPipe } from "./output-pipes.ts";

/** How Pods are kept apart and, above all, how nothing of them survives the server. */
export type IsolationLevel = "ns-root" | "ns-user" | "plain";

/** A host file or folder at a container path. */
export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export interface ContainerLaunch {
  /** A host folder of this container's attempt alone; it exists and is empty. */
  readonly directory: string;
  readonly hostname: string;
  readonly podIp: string;
  readonly hostAliases: readonly HostAlias[];
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly mounts: readonly Mount[];
  /** Shell scripts by name, for the first folder of the container's PATH. */
  readonly tools: Readonly<Record<string, string>>;
  readonly runAs: RunAs | undefined;
  readonly readOnlyRoot: boolean;
  /** Whether standard input stays open for attach; else it is /dev/null. */
  readonly stdin: boolean;
  readonly outputs?: Outputs | undefined;
  readonly signal: AbortSignal;
}

/** Pipes to use in place of Node's own. */
export interface Outputs {
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
}

export interface ContainerExit {
  /** 128 + n after signal n. */
  readonly exitCode: number;
  readonly signal: number | undefined;
}

/** A command line that runs inside a container when it is spawned on the host. */
export interface HostCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Whether it says on descriptor 3 why the program cannot be run. */
  readonly reportsMissing?: boolean;
}

export interface ContainerProcess {
  /** The container's main process as the host sees it: the root of its process tree. */
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ContainerExit>;
  /** Signals the main process (SIGKILL: everything in the container). Nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
  /**
   * What to spawn to run `argv` beside the main process, with its environment, folder and user.
   * @throws ContainerStartError when the program is known to be missing.
   */
  execCommand(argv: readonly string[]): HostCommand;
}

export interface Isolation {
  readonly level: IsolationLevel;
  /** What the probe found and why this level was chosen; it does not name the level. */
  readonly detail: string;
  /** @throws ContainerStartError when the process cannot be started. */
  start(launch: ContainerLaunch): Promise<ContainerProcess>;
}

/** A container's process could not be started. `code` `FC_CLUSTER_CONTAINER_START`. */
export class ContainerStartError extends FcError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("FC_CLUSTER_CONTAINER_START", message, options);
  }
}

function whyMissing(program: string): string {
  return program.includes("/") ? `stat ${program}: no such file or directory` : "executable file not found in $PATH";
}

/** What a container runtime says of a program that cannot be run. */
function cannotRun(program: string, why: string): string {
  return `unable to start container process: exec: "${program}": ${why}: unknown`;
}

/** The message that container runtimes give for a program that is not in the image. */
export function programNotFound(program: string): ContainerStartError {
  return new ContainerStartError(
    `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ${cannotRun(program, whyMissing(program))}`,
  );
}

/** The same for a program that was to run beside the container's own. */
export function execProgramNotFound(program: string, why: string = whyMissing(program)): ContainerStartError {
  const id = randomBytes(32).toString("hex");
  return new ContainerStartError(
    `failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: ${cannotRun(program, why)}`,
  );
}
