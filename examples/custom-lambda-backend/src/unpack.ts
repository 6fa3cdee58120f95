import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { CodePackage } from "@fc/lambda/backend";

/** Writes `/var/task` and `/opt` below the folder. */
export async function unpack({ files, content }: CodePackage, folder: string): Promise<void> {
  const bytes = await buffer(content());
  for (const path of ["var/task", "tmp"]) await mkdir(join(folder, path), { recursive: true });
  let at = 0;
  for (const { path, mode, sizeBytes, link } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (link === undefined) await writeFile(file, bytes.subarray(at, at + sizeBytes), { mode });
    else await symlink(link, file);
    at += sizeBytes;
  }
}
