import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { errorText, FcError, type Logger, silentLogger } from "@fc/core";
import { findProgram } from "./host-tools.ts";
import type { Isolation, IsolationLevel } from "./isolation.ts";
import { createNamespaceIsolation, type NamespaceTools } from "./namespace-isolation.ts";
import { createPlainIsolation } from "./plain-isolation.ts";
import { ToolFolders } from "./write-tools.ts";

export interface ProbeOptions {
  /** `auto` takes the best level that works here. Any other level is used, or the probe throws. */
  readonly choice: IsolationLevel | "auto";
  /** A folder of this cluster alone: for a trial container, and for what containers share. */
  readonly directory: string;
  readonly searchPath?: readonly string[];
  /** The server's user id; undefined where there is none (Windows). */
  readonly uid: number | undefined;
  readonly logger?: Logger;
}

/**
 * Finds out, by starting a trial container, which isolation this machine allows.
 * @throws FcError `FC_CLUSTER_ISOLATION` when a level was asked for that does not work here.
 */
export async function probeIsolation(options: ProbeOptions): Promise<Isolation> {
  const { choice, uid, logger = silentLogger } = options;
  if (choice === "plain")
    return createPlainIsolation("as configured; Pods are process groups that see this machine's files");
  const levels = choice !== "auto" ? [choice] : uid === 0 ? (["ns-root", "ns-user"] as const) : (["ns-user"] as const);
  const reasons: string[] = [];
  for (const level of levels) {
    const tools = await namespaceTools(options.searchPath);
    if (typeof tools === "string") {
      reasons.push(`${level}: ${tools}`);
      break;
    }
    const toolFolders = new ToolFolders(join(options.directory, "tools"));
    const isolation = createNamespaceIsolation({ level, detail: describe(level), tools, toolFolders });
    try {
      await tryOut(isolation, options.directory);
      return isolation;
    } catch (error) {
      reasons.push(`${level}: ${errorText(error)}`);
    }
  }
  if (choice !== "auto") {
    throw new FcError(
      "FC_CLUSTER_ISOLATION",
      `isolation level ${choice} does not work here: ${reasons.join("; ")}. Use "auto".`,
      {
        fault: "user",
      },
    );
  }
  const detail = `Pods are process groups that see this machine's files, because namespaces do not work (${reasons.join("; ")})`;
  logger.warn({ reasons }, "Pods run without isolation");
  return createPlainIsolation(detail);
}

function describe(level: "ns-root" | "ns-user"): string {
  const own =
    "every container has pid, mount, ipc and uts namespaces and a root of its own; the network is this machine's";
  return level === "ns-root"
    ? `${own}, with the capabilities of an unprivileged container`
    : `${own}, in a user namespace`;
}

async function namespaceTools(searchPath?: readonly string[]): Promise<NamespaceTools | string> {
  if (!existsSync("/proc/self/ns/pid")) return "this is not Linux";
  const names = ["setpriv", "unshare", "nsenter", "mount", "umount", "pivot_root"] as const;
  const found = names.map((name) => findProgram(name, searchPath));
  const missing = names.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) return `${missing.join(", ")} not found (install util-linux)`;
  const [setpriv = "", unshare = "", nsenter = "", mount = "", umount = "", pivotRoot = ""] = found;
  const { stdout } = await promisify(execFile)(unshare, ["--help"], { env: { LC_ALL: "C" } });
  if (!stdout.includes("--kill-child")) return `${unshare} is too old (util-linux 2.32 or newer is needed)`;
  return { setpriv, unshare, nsenter, mount, umount, pivotRoot };
}

async function tryOut(isolation: Isolation, parent: string): Promise<void> {
  const directory = await mkdtemp(join(parent, "probe-"));
  try {
    const trial = await isolation.start({
      directory,
      hostname: "probe",
      podIp: "127.0.0.1",
      hostAliases: [],
      argv: ["/bin/sh", "-c", "exit 7"],
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      workingDirectory: "/",
      mounts: [],
      tools: {},
      runAs: undefined,
      readOnlyRoot: false,
      stdin: false,
      signal: AbortSignal.timeout(5_000),
    });
    trial.stdout.resume();
    trial.stderr.resume();
    const { exitCode } = await trial.exited;
    if (exitCode !== 7) throw new FcError("FC_CLUSTER_ISOLATION", `a trial container exited with ${exitCode}, not 7`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
