import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { createAliasRewriter } from "./alias-rewrite.ts";
import { findProgram, searchPathOf } from "./host-tools.ts";
import {
  type ContainerLaunch,
  type ContainerProcess,
  ContainerStartError,
  execProgramNotFound,
  type Isolation,
  programNotFound,
} from "./isolation.ts";
import { createPathMap, type PathMap } from "./path-rewrite.ts";
import { exitOf, sendSignal } from "./process-exit.ts";
import { splitEnvironment } from "./split-environment.ts";
import { writeTools } from "./write-tools.ts";

/**
 * Starts the command in a process group of its own, with a watcher on descriptor 3: the agent's end closes when the
 * server dies, whatever the way. Then the watcher kills what carries this container's mark in its environment (Linux;
 * finds what called setsid) and the group. $1 mark; then the command.
 */
const watchdogScript = `(
  (
    trap '' TERM INT HUP
    read -r never <&3
    for file in $(grep -lF "$1" /proc/[0-9]*/environ); do
      read -r p _ _ _ group _ <"\${file%environ}stat" || continue
      [ "$group" = "$$" ] || kill -KILL "$p"
    done
    kill -KILL 0
  ) >/dev/null 2>&1 </dev/null &
)
shift
exec 3<&-
exec "$@"
`;

/** The variable that marks every process of a container. */
const markVariable = "FC_CONTAINER";

/**
 * No namespaces: Pods are process groups that see the host's files, with mount paths replaced in arguments and variables.
 * runAsUser is not honoured (the Pod's folders lie in a folder of the server's user), nor is a read-only root.
 */
export function createPlainIsolation(detail: string): Isolation {
  return { level: "plain", detail, start };
}

async function start(launch: ContainerLaunch): Promise<ContainerProcess> {
  const own = createPathMap(launch.mounts);
  const tools = Object.entries(launch.tools).map(([name, script]) => [name, own.rewrite(script, "argument")]);
  const paths = createPathMap([
    ...launch.mounts,
    ...writeTools(join(launch.directory, "tools"), Object.fromEntries(tools)),
  ]);
  const texts = [...launch.argv, ...Object.values(launch.env)];
  const aliases = await createAliasRewriter(launch.hostAliases, texts);
  try {
    return await spawnPlain(
      launch,
      paths,
      (text) => aliases.rewrite(text),
      () => aliases.close(),
    );
  } catch (error) {
    aliases.close();
    throw error;
  }
}

function spawnPlain(
  launch: ContainerLaunch,
  paths: PathMap,
  alias: (text: string) => string,
  onExit: () => void,
): Promise<ContainerProcess> {
  // No container's mark is the beginning of another's.
  const mark = `${launch.directory}/`;
  const tmp = join(launch.directory, "tmp");
  mkdirSync(tmp);
  const env: Record<string, string> = { TMPDIR: tmp };
  for (const [name, value] of Object.entries(launch.env)) env[name] = alias(paths.rewrite(value, "variable"));
  env[markVariable] = mark;
  const rewritten = (argv: readonly string[]): string[] => argv.map((word) => alias(paths.rewrite(word, "argument")));
  const mapped = paths.path(launch.workingDirectory);
  const cwd = existsSync(mapped) && mapped !== "/" ? mapped : launch.directory;
  const argv = rewritten(launch.argv);
  const program = argv[0] ?? "";
  if (findProgram(program, searchPathOf(env["PATH"] ?? "")) === undefined) throw programNotFound(launch.argv[0] ?? "");
  const split = splitEnvironment(env);
  const command = [...(split.late.length === 0 ? [] : ["/usr/bin/env", ...split.late]), ...argv];
  const { outputs } = launch;
  const stdin = launch.stdin ? "pipe" : "ignore";
  const child = spawn("/bin/sh", ["-c", watchdogScript, "fc", `${markVariable}=${mark}`, ...command], {
    cwd,
    env: split.env,
    detached: true,
    stdio: [stdin, outputs?.stdout.fd ?? "pipe", outputs?.stderr.fd ?? "pipe", "pipe"],
  });
  const pid = child.pid;
  const exited = exitOf(child);
  (child.stdio[3] as Duplex).on("error", () => undefined);
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(new ContainerStartError("container start failed", { cause })));
    if (pid === undefined) return;
    const ended = exited.then((exit) => {
      killAll(pid, mark);
      (child.stdio[3] as Duplex).destroy();
      onExit();
      return exit;
    });
    resolve({
      pid,
      stdin: child.stdin ?? undefined,
      stdout: outputs?.stdout.stream ?? (child.stdout as Readable),
      stderr: outputs?.stderr.stream ?? (child.stderr as Readable),
      exited: ended,
      kill: (signal) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        // What left the group is looked for once, when the main process has ended.
        sendSignal(signal === "SIGKILL" ? -pid : pid, signal);
      },
      execCommand: (words) => {
        const [file = "", ...rest] = rewritten(words);
        const isMissing = findProgram(file, searchPathOf(env["PATH"] ?? "")) === undefined;
        if (isMissing && existsSync(file)) throw execProgramNotFound(words[0] ?? "", "permission denied");
        if (isMissing) throw execProgramNotFound(words[0] ?? "");
        return { file, args: rest, env, cwd };
      },
    });
  });
}

/** The group, and on Linux whatever left it but still carries the mark. */
function killAll(pid: number, mark: string): void {
  sendSignal(-pid, "SIGKILL");
  for (const escaped of markedProcesses(mark)) sendSignal(escaped, "SIGKILL");
}

function markedProcesses(mark: string): number[] {
  let entries: string[];
  try {
    entries = readdirSync("/proc");
  } catch {
    return []; // no /proc: macOS
  }
  const wanted = `${markVariable}=${mark}\0`;
  return entries
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return `${readFileSync(`/proc/${entry}/environ`, "latin1")}\0`.includes(wanted);
      } catch {
        return false; // it ended, or belongs to another user
      }
    })
    .map(Number);
}
