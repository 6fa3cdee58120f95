import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { errorText } from "@fc/core";
import type { ContainerExit, ContainerLaunch, ContainerProcess, HostCommand, Isolation, RunAs } from "./isolation.ts";
import { ContainerStartError, programNotFound } from "./isolation.ts";
import { execScript, namespaceScript } from "./namespace-script.ts";
import { buildPodRoot } from "./pod-root.ts";
import { exitOf, sendSignal } from "./process-exit.ts";
import { splitEnvironment } from "./split-environment.ts";
import type { ToolFolders } from "./write-tools.ts";

/** Absolute paths of the util-linux programs. */
export interface NamespaceTools {
  readonly setpriv: string;
  readonly unshare: string;
  readonly nsenter: string;
  readonly mount: string;
  readonly umount: string;
  readonly pivotRoot: string;
}

export interface NamespaceOptions {
  readonly level: "ns-root" | "ns-user";
  readonly detail: string;
  readonly tools: NamespaceTools;
  readonly toolFolders: ToolFolders;
}

const maxErrorLength = 4_096;

/** What container runtimes leave a root container; mounting, module loading, ptrace, raw disks and the like are gone. */
const keptCapabilities =
  "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+setfcap";

/** Containers in namespaces of their own (pid, mount, uts, ipc), with a root of bind mounts, by util-linux alone. */
export function createNamespaceIsolation(options: NamespaceOptions): Isolation {
  return { level: options.level, detail: options.detail, start: (launch) => start(options, launch) };
}

async function start(options: NamespaceOptions, launch: ContainerLaunch): Promise<ContainerProcess> {
  const { tools, level } = options;
  const root = join(launch.directory, "root");
  mkdirSync(root);
  writeFileSync(join(launch.directory, "hosts"), hostsFile(launch));
  const hosts = { hostPath: join(launch.directory, "hosts"), containerPath: "/etc/hosts", readOnly: false };
  const { fstab } = buildPodRoot(root, [...launch.mounts, ...options.toolFolders.mountsOf(launch.tools), hosts]);
  mkdirSync(join(root, launch.workingDirectory), { recursive: true });
  writeFileSync(join(launch.directory, "fstab"), fstab);
  const { env, late } = splitEnvironment(launch.env);
  const program = launch.argv[0] ?? "";
  const args = [
    ...["--pdeathsig", "KILL", tools.unshare, ...(level === "ns-user" ? ["-Ur"] : []), "-pmuif", "--kill-child=KILL"],
    ...["/bin/sh", "-c", namespaceScript, "fc", tools.mount, tools.pivotRoot, tools.umount],
    ...[join(launch.directory, "fstab"), root, launch.hostname, launch.workingDirectory],
    ...[launch.readOnlyRoot ? "ro" : "rw", program, ...become(options, launch.runAs, late), ...launch.argv],
  ];
  const { outputs } = launch;
  const stdin = launch.stdin ? "pipe" : "ignore";
  const child = spawn(tools.setpriv, args, {
    cwd: "/",
    env,
    detached: true,
    // The sandbox's own errors, the channel to it, and the container's stderr.
    stdio: [stdin, outputs?.stdout.fd ?? "pipe", "pipe", "pipe", outputs?.stderr.fd ?? "pipe"],
  });
  const errors = collect(child.stderr as Readable);
  const exited = Promise.all([exitOf(child), errors.complete]).then(([exit]) => exitInside(exit, errors.text));
  try {
    const pid = await handshake(child, exited, program, errors, launch.signal);
    return {
      pid,
      stdin: child.stdin ?? undefined,
      stdout: outputs?.stdout.stream ?? (child.stdout as Readable),
      stderr: outputs?.stderr.stream ?? (child.stdio[4] as Readable),
      exited,
      kill: (signal) => {
        if (child.exitCode === null && child.signalCode === null) sendSignal(pid, signal);
      },
      execCommand: (argv) => enter(options, launch, pid, argv),
    };
  } catch (error) {
    // The sandbox leads its own process group: unshare and the script in it go together.
    if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
    throw error;
  }
}

/** /etc/hosts as the kubelet writes it, aliases last. */
function hostsFile({ podIp, hostname, hostAliases }: ContainerLaunch): string {
  const aliases = hostAliases.map(({ ip, hostnames }) => {
    // Pods share the machine's loopback: what is a Pod's own name for itself means its own address, which no other Pod has.
    const own = ip === "127.0.0.1" && hostnames.some((name) => name.endsWith(".localdomain"));
    return `${own ? podIp : ip}\t${hostnames.join("\t")}`;
  });
  return [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    `${podIp}\t${hostname}`,
    ...aliases,
    "",
  ].join("\n");
}

/** Waits for "ready", notes the process, and answers "go". */
function handshake(
  child: ChildProcess,
  exited: Promise<unknown>,
  program: string,
  errors: { text: string },
  signal: AbortSignal,
): Promise<number> {
  const channel = child.stdio[3] as Duplex;
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      const said = errors.text.trim();
      reject(new ContainerStartError(`container start failed: ${why}${said === "" ? "" : `: ${said}`}`, { cause }));
    };
    const onAbort = (): void => fail("cancelled");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.once("error", (error) => fail(errorText(error), error));
    // What it said last is still to be read when it has ended.
    exited.then(() => {
      const ended = (): void => fail("the sandbox ended before the program started");
      if (channel.readableEnded || channel.destroyed) ended();
      else channel.once("close", ended);
    });
    // A container that ends at once closes its end while "go" is on the way.
    channel.on("error", () => undefined);
    channel.once("data", (data: Buffer) => {
      signal.removeEventListener("abort", onAbort);
      const answer = data.toString("utf8").trim();
      if (answer === "fail program") return reject(programNotFound(program));
      if (answer !== "ready") return fail(answer);
      try {
        const pid = onlyChild(child.pid ?? 0);
        channel.end("go\n");
        resolve(pid);
      } catch (error) {
        fail("its process was not found", error);
      }
    });
  });
}

function onlyChild(pid: number): number {
  const child = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"), 10);
  if (!Number.isInteger(child)) throw new ContainerStartError(`process ${pid} has no child`);
  return child;
}

function collect(stream: Readable): { text: string; readonly complete: Promise<unknown> } {
  const collected = { text: "", complete: once(stream, "close") };
  stream.on("data", (chunk: Buffer) => {
    if (collected.text.length < maxErrorLength) collected.text += chunk.toString("utf8");
  });
  return collected;
}

/** unshare ends by the signal that ended its child; with SIGKILL it fails to, says so, and exits with 1. */
function exitInside(exit: ContainerExit, errors: string): ContainerExit {
  return exit.exitCode === 1 && errors.includes("unshare: ")
    ? { exitCode: 137, signal: constants.signals.SIGKILL }
    : exit;
}

/**
 * The words before the command that give up privileges and set the variables a shell cannot carry. A change of user clears
 * the parent-death signal, so it is set anew after it: without that, a Pod with runAsUser would survive the server.
 */
function become({ level, tools }: NamespaceOptions, runAs: RunAs | undefined, late: readonly string[]): string[] {
  const bounds = level === "ns-root" ? ["--bounding-set", keptCapabilities] : [];
  const user = level === "ns-root" && runAs !== undefined ? userOptions(runAs) : [];
  const variables = late.length === 0 ? [] : ["/usr/bin/env", ...late];
  return [tools.setpriv, "--pdeathsig", "KILL", ...bounds, ...user, ...variables];
}

function userOptions({ uid, gid, groups }: RunAs): string[] {
  const list = groups.length === 0 ? ["--clear-groups"] : ["--groups", groups.join(",")];
  return ["--reuid", String(uid), "--regid", String(gid), ...list];
}

function enter(options: NamespaceOptions, launch: ContainerLaunch, pid: number, argv: readonly string[]): HostCommand {
  const { env, late } = splitEnvironment(launch.env);
  const user = options.level === "ns-user" ? ["-U", "--preserve-credentials"] : [];
  // An exec that is abandoned dies with its nsenter, by the signal that `become` sets.
  return {
    file: options.tools.nsenter,
    args: [
      ...[
        "-t",
        String(pid),
        ...user,
        "-m",
        "-p",
        "-u",
        "-i",
        "/bin/sh",
        "-c",
        execScript,
        "fc",
        launch.workingDirectory,
        argv[0] ?? "",
      ],
      ...[...become(options, launch.runAs, late), ...argv],
    ],
    env,
    cwd: "/",
    reportsMissing: true,
  };
}
