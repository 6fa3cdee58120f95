import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
import { errorText, FcError, writeDurably } from "@fc/core";
import { type SnapshotFile, type SnapshotFiles, SnapshotFilesError } from "@fc/elasticache";
import { destroyedOnAbort, untilAborted } from "./until-aborted.ts";

/** RDB files in a folder: its folders are the buckets. Nobody makes those but the user, and they are in every region. */
export function folderFiles(directory: string): SnapshotFiles {
  // One server at a time has the folder: what is half written now is a dead one's.
  const cleaned = removeHalfWritten(directory);
  const bucketOf = async (bucket: string): Promise<string> => {
    const path = inside(directory, bucket);
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true) return path;
    throw new SnapshotFilesError("FC_SNAPSHOT_FILES_NO_BUCKET", `There is no folder ${path}`, { fault: "user" });
  };
  const pathOf = async ({ bucket, key }: SnapshotFile): Promise<string> => inside(await bucketOf(bucket), key);
  return {
    specificationVersion: "v1",
    checkAbsent: async (file) => {
      const path = await pathOf(file);
      if ((await stat(path).catch(() => undefined)) === undefined) return;
      throw new SnapshotFilesError("FC_SNAPSHOT_FILES_EXISTS", `There is a file ${path} already`, { fault: "user" });
    },
    write: async (file, content, { signal }) => {
      await cleaned;
      const path = await pathOf(file);
      await failing(`writing ${path}`, async () => {
        await mkdir(dirname(path), { recursive: true });
        await writeDurably(dirname(path), untilAborted(content, signal), { pathOf: () => path });
      });
    },
    open: async (file, { signal }) => {
      const path = await pathOf(file);
      const opened = await failing(`reading ${path}`, () => open(path));
      return destroyedOnAbort(opened.createReadStream(), signal);
    },
    [Symbol.asyncDispose]: () => cleaned,
  };
}

/** Removes the temporary files of `writeDurably`. What cannot be removed is in nobody's way. */
async function removeHalfWritten(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const left = names.filter((name) => /^\.[0-9a-f-]{36}\.part$/.test(basename(name)));
  await Promise.allSettled(left.map((name) => rm(join(directory, name), { force: true })));
}

/** @throws SnapshotFilesError when the name leads out of the folder */
function inside(directory: string, name: string): string {
  const path = join(directory, name);
  const plain = name !== "" && !name.includes("\0") && normalize(name) === name && !name.startsWith("/");
  if (plain && path.startsWith(`${directory}/`) && !name.split("/").includes("..")) return path;
  throw new SnapshotFilesError("FC_SNAPSHOT_FILES_FORBIDDEN", `${JSON.stringify(name)} is no name of a file here`, {
    fault: "user",
  });
}

async function failing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (FcError.isInstance(error) || code === undefined) throw error;
    const absent = code === "ENOENT";
    throw new SnapshotFilesError(
      absent ? "FC_SNAPSHOT_FILES_NOT_FOUND" : "FC_SNAPSHOT_FILES_FAILED",
      `${what}: ${errorText(error)}`,
      { cause: error },
    );
  }
}
