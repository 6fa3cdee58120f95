import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { StatusError } from "../store/status-error.ts";
import { findProgram, standardSearchPath } from "./isolation/host-tools.ts";
import { execProgramNotFound, type HostCommand } from "./isolation/isolation.ts";
import { readLog } from "./logs/read-log.ts";
import type { ContainerRunner } from "./pod/container-runner.ts";
import type { PodWorker } from "./pod/pod-worker.ts";
import { runCommand } from "./run-command.ts";

/** The streams of an exec or attach. */
export interface ContainerIo {
  readonly stdin?: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly tty: boolean;
  readonly signal: AbortSignal;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly limitBytes?: number;
  readonly timestamps: boolean;
  readonly previous: boolean;
  readonly signal: AbortSignal;
}

/** Runs `argv` in a running container. @throws ContainerStartError when the program cannot be run */
export async function execInContainer(
  runner: ContainerRunner,
  argv: readonly string[],
  io: ContainerIo,
): Promise<{ exitCode: number }> {
  const process = runner.process;
  if (process === undefined)
    throw StatusError.internal(`unable to upgrade connection: container not found ("${runner.container.name}")`);
  const command = process.execCommand(argv);
  const { exitCode, missing } = await runCommand(io.tty ? withTerminal(command) : command, io);
  if (missing !== undefined) throw execProgramNotFound(argv[0] ?? "", missing);
  return { exitCode };
}

/** The same command with a terminal, by util-linux's `script`; without that program, on plain pipes. */
function withTerminal(command: HostCommand): HostCommand {
  const script = findProgram("script", standardSearchPath);
  if (script === undefined || process.platform !== "linux") return command;
  const line = [command.file, ...command.args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const env = { TERM: "xterm", ...command.env, SHELL: "/bin/sh" };
  return { ...command, file: script, args: ["-qefc", line, "/dev/null"], env };
}

/** Follows the container's output from now on, and feeds its standard input when it has one. Ends with the container. */
export async function attachToContainer(runner: ContainerRunner, io: ContainerIo): Promise<void> {
  const { process, log } = runner;
  if (process === undefined || log === undefined) {
    throw StatusError.internal(`unable to upgrade connection: container ${runner.container.name} not found`);
  }
  if (io.stdin !== undefined && process.stdin !== undefined) io.stdin.pipe(process.stdin);
  const query = { follow: true, timestamps: false, tailLines: 0, signal: io.signal };
  const write = async (stream: "stdout" | "stderr", to: Writable): Promise<void> => {
    for await (const chunk of readLog(log, { ...query, stream }))
      if (!to.write(chunk)) await once(to, "drain", { signal: io.signal });
    to.end();
  };
  await Promise.all([write("stdout", io.stdout), write("stderr", io.stderr)]);
}

/** The container's log as the API gives it. @throws StatusError as the kubelet answers when there is none. */
export function containerLog(
  worker: PodWorker,
  runner: ContainerRunner,
  options: LogOptions,
): AsyncIterable<Uint8Array> {
  const { name } = worker.pod.metadata;
  const container = runner.container.name;
  const log = options.previous ? runner.previousLog : runner.log;
  if (log === undefined) {
    const { state } = runner.status;
    const why = options.previous
      ? `previous terminated container "${container}" in pod "${name}" not found`
      : `container "${container}" in pod "${name}" is waiting to start: ${waitingText(state.waiting)}`;
    throw StatusError.badRequest(why);
  }
  const now = worker.services.clock.now();
  const sinceMs =
    options.sinceTime !== undefined
      ? Date.parse(options.sinceTime)
      : options.sinceSeconds === undefined
        ? undefined
        : now - options.sinceSeconds * 1_000;
  return readLog(log, {
    follow: options.follow,
    timestamps: options.timestamps,
    signal: options.signal,
    ...(options.tailLines === undefined ? {} : { tailLines: options.tailLines }),
    ...(options.limitBytes === undefined ? {} : { limitBytes: options.limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  });
}

/** Image problems in the kubelet's words, other reasons as they are. */
function waitingText(waiting: { reason: string } | undefined): string {
  const reason = waiting?.reason ?? "ContainerCreating";
  if (reason === "ErrImagePull") return "image can't be pulled";
  return reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
}
