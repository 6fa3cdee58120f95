import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FcError } from "./errors.ts";
import { writeDurably } from "./write-durably.ts";

/** What names a blob: its own content. */
export interface BlobRef {
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Content-addressed bytes (function code, snapshots). Nothing is ever held in memory whole. */
export interface BlobStore {
  /** Stores the bytes. When it rejects, nothing was kept. */
  write(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobRef>;
  /** The bytes. @throws FcError `FC_BLOB_NOT_FOUND` on the first read when there is no such blob. */
  read(sha256: string): AsyncIterable<Uint8Array>;
  /** Forgets the blob; absent is fine. */
  delete(sha256: string): Promise<void>;
  /** The names of all blobs. */
  list?(): Promise<readonly string[]>;
}

/** Large reads: a function's start waits for its code, and each read is a trip to another thread. */
const readBytes = 1024 * 1024;
const sha256Form = /^[0-9a-f]{64}$/;

/** A {@link BlobStore} of files below `directory`, which is made with mode 0700 when needed. */
export function createFileBlobStore(directory: string): BlobStore {
  const pathOf = (sha256: string): string => {
    if (!sha256Form.test(sha256))
      throw new FcError("FC_BLOB_NAME_INVALID", `Not a SHA-256 in hexadecimal: "${sha256}"`);
    return join(directory, sha256);
  };
  return {
    write: async (source) => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return await writeDurably(directory, source, { pathOf: ({ sha256 }) => pathOf(sha256) });
    },
    read: async function* (sha256) {
      try {
        yield* createReadStream(pathOf(sha256), { highWaterMark: readBytes });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        throw new FcError("FC_BLOB_NOT_FOUND", `There is no blob ${sha256}`, { cause: error });
      }
    },
    delete: (sha256) => rm(pathOf(sha256), { force: true }),
    list: async () => {
      try {
        return (await readdir(directory)).filter((name) => sha256Form.test(name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        return [];
      }
    },
  };
}
