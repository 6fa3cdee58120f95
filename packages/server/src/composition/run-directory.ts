import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { errorText, FcError, type Logger } from "@fc/core";

/** A folder of this process alone, for what must not outlive it. */
export interface RunDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes the process's own folder (mode 0700) below the user's temporary folder, and removes those of processes that died
 * without cleaning up. What cannot be removed, as what a function has made read-only, keeps nobody from starting.
 */
export async function createRunDirectory(
  logger: Logger,
  parent: string = join(tmpdir(), `fakecloud-${userName()}`),
): Promise<RunDirectory> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const owner = await lstat(parent);
  if (!owner.isDirectory() || (process.getuid !== undefined && owner.uid !== process.getuid())) {
    throw new FcError(
      "FC_SERVER_RUN_DIRECTORY_UNSAFE",
      `${parent} is not a folder of this user: remove it, or set TMPDIR`,
      { fault: "user" },
    );
  }
  await removeDead(parent, logger);
  const path = join(parent, `run-${randomUUID()}`);
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, "owner.json"), JSON.stringify({ pid: process.pid, started: await startOf(process.pid) }));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A container may run as a user that its image does not know. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

async function removeDead(parent: string, logger: Logger): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (!name.startsWith("run-") || (await ownerLives(path))) continue;
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      logger.warn(
        { directory: path, error: errorText(error) },
        "could not remove the folder of a server that has ended",
      ),
    );
  }
}

async function ownerLives(path: string): Promise<boolean> {
  let owner: { pid: number; started: string | undefined };
  try {
    owner = JSON.parse(await readFile(join(path, "owner.json"), "utf8"));
  } catch {
    // No owner yet: another process may be making the folder right now. Give it a minute. No folder any more: another one has removed it.
    const made = await lstat(path).catch(() => undefined);
    return made === undefined || Date.now() - made.birthtimeMs < 60_000;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return owner.started === undefined || (await startOf(owner.pid)) === owner.started;
}

/** When a process started, in clock ticks since boot, so that a reused process id is told apart. Undefined where there is no /proc. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
