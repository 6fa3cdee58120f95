import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BlobStore, createFileBlobStore, createMemoryRecordStore, type RecordStore } from "@fc/core";
import { openSqliteRecordStore, type SqliteOptions } from "./sqlite-record-store.ts";
import { storageError } from "./storage-error.ts";

/** Where the services keep their state. */
export interface Storage extends AsyncDisposable {
  readonly records: RecordStore;
  /** The code of functions. */
  readonly blobs: BlobStore;
  /** The bytes of cache snapshots, and nothing else. */
  readonly snapshots: BlobStore;
  /** Names what outlives the process in a cluster. Undefined: nothing does, because nothing would know of it. */
  readonly installationId: string | undefined;
}

/** State that goes with the process; `runDirectory` is the process's own. */
export function memoryStorage(runDirectory: string): Storage {
  return {
    records: createMemoryRecordStore(),
    blobs: createFileBlobStore(join(runDirectory, "blobs")),
    snapshots: createFileBlobStore(join(runDirectory, "snapshots")),
    installationId: undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * State in a folder (mode 0700), for one process at a time: `records.db` with its key, `blobs/`, `snapshots/`, and `backups/` of older formats.
 * @throws FcError as {@link openSqliteRecordStore}
 */
export async function persistentStorage(dataPath: string, options: SqliteOptions = {}): Promise<Storage> {
  const blobs = join(dataPath, "blobs");
  const snapshots = join(dataPath, "snapshots");
  const file = join(dataPath, "records.db");
  try {
    for (const folder of [blobs, snapshots]) await mkdir(folder, { recursive: true, mode: 0o700 });
    // SQLite would make it for everybody to read; its log files take the mode of this one.
    await (await open(file, "a", 0o600)).close();
  } catch (error) {
    throw storageError(dataPath, error);
  }
  const records = await openSqliteRecordStore(file, options);
  // The folder is ours alone from here on: what was being written when a process was killed nobody will finish.
  await Promise.all([blobs, snapshots].map(removePartial));
  return {
    records,
    blobs: createFileBlobStore(blobs),
    snapshots: createFileBlobStore(snapshots),
    installationId: installationOf(records),
    [Symbol.asyncDispose]: async () => records[Symbol.dispose](),
  };
}

async function removePartial(directory: string): Promise<void> {
  const partial = (await readdir(directory)).filter((name) => name.startsWith(".") && name.endsWith(".part"));
  await Promise.all(partial.map((name) => rm(join(directory, name), { force: true })));
}

function installationOf(records: RecordStore): string {
  const installation = records.collection<string>("server.installation");
  const known = installation.get("id");
  if (known !== undefined) return known;
  const id = randomUUID();
  installation.set("id", id);
  return id;
}
