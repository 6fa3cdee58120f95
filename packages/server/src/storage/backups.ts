import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Database } from "./migrations.ts";
import { syncFolder } from "./sync-folder.ts";

/** How many generations stay. */
const kept = 3;
const form = /^records-v\d+-(.+)\.db$/;

/**
 * Writes the database as it is to `backups/records-v<version>-<time>.db` beside it: whole or not at all, mode 0600.
 * @returns its path
 */
export async function writeBackup(database: Database, path: string, version: number, nowMs: number): Promise<string> {
  const folder = join(dirname(path), "backups");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) if (name.endsWith(".part")) await rm(join(folder, name));
  const file = join(folder, `records-v${version}-${new Date(nowMs).toISOString().replaceAll(":", "-")}.db`);
  const partial = `${file}.part`;
  try {
    // SQLite writes into an empty file, which has our mode then.
    await (await open(partial, "wx", 0o600)).close();
    database.prepare("VACUUM INTO ?").run(partial);
    const written = await open(partial, "r+");
    await written.sync().finally(() => written.close());
    await rename(partial, file);
    await syncFolder(folder);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return file;
}

/** Removes all but the newest generations. */
export async function pruneBackups(path: string): Promise<void> {
  const folder = join(dirname(path), "backups");
  const timeOf = (name: string): string => form.exec(name)?.[1] ?? "";
  const generations = (await readdir(folder)).filter((name) => form.test(name));
  generations.sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
  for (const name of generations.slice(kept)) await rm(join(folder, name), { force: true });
}
