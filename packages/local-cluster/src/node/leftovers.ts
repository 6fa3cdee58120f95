import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorText, FcError, type Logger } from "@fc/core";

interface Owner {
  readonly pid: number;
  /** Start time of the process as the kernel counts it; "" where it is unknown. */
  readonly start: string;
}

/**
 * Takes possession of an agent's folder and removes what a dead server left there; its processes died with it. Claims
 * (persistent volumes) stay.
 * @throws FcError `FC_CLUSTER_DATA_IN_USE` when another live server uses the folder.
 */
export async function claimDirectory(directory: string, logger: Logger): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "owner.json");
  const owner = readOwner(file);
  if (owner !== undefined && owner.pid !== process.pid && startOf(owner.pid) === owner.start && isAlive(owner.pid)) {
    throw new FcError(
      "FC_CLUSTER_DATA_IN_USE",
      `${directory} is used by process ${owner.pid}: give this server a data directory of its own`,
      {
        fault: "user",
      },
    );
  }
  writeFileSync(file, JSON.stringify({ pid: process.pid, start: startOf(process.pid) } satisfies Owner), {
    mode: 0o600,
  });
  for (const name of await readdir(directory)) {
    if (name !== "pods" && !name.startsWith("probe-")) continue;
    await rm(join(directory, name), { recursive: true, force: true }).catch((error: unknown) =>
      logger.warn({ directory: join(directory, name), error: errorText(error) }, "could not remove a leftover folder"),
    );
  }
  mkdirSync(join(directory, "pods"), { recursive: true, mode: 0o700 });
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat; a process id that was given out again has another one. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
