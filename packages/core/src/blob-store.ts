import { createHash } from "node:crypto";
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
  /** Stores the bytes. When it rejects, nothing was kept. @throws FcError `FC_BLOB_FULL` when the disk is full */
  write(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobRef>;
  /**
   * The bytes, as they were written: the last piece comes only when all of them are.
   * @throws FcError `FC_BLOB_NOT_FOUND` on the first read when there is no such blob, `FC_BLOB_CORRUPT` for one that was cut or changed
   */
  read(sha256: string): AsyncIterable<Uint8Array>;
  /** Forgets the blob; absent is fine. */
  delete(sha256: string): Promise<void>;
  /** The names of all blobs. */
  list?(): Promise<readonly string[]>;
}

/** Large reads: a function's start waits for its code, and each read is a trip to another thread. */
const readBytes = 1024 * 1024;
const sha256Form = /^[0-9a-f]{64}$/;
/** No space, a quota that is used up, a limit of the process. */
const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** A {@link BlobStore} of files below `directory`, which is made with mode 0700 when needed. */
export function createFileBlobStore(directory: string): BlobStore {
  const pathOf = (sha256: string): string => {
    if (!sha256Form.test(sha256))
      throw new FcError("FC_BLOB_NAME_INVALID", `Not a SHA-256 in hexadecimal: "${sha256}"`);
    return join(directory, sha256);
  };
  return {
    write: async (source) => {
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        return await writeDurably(directory, source, { pathOf: ({ sha256 }) => pathOf(sha256) });
      } catch (error) {
        throw fullCodes.has((error as NodeJS.ErrnoException).code ?? "") ? full(directory, error) : error;
      }
    },
    read: (sha256) => readChecked(pathOf(sha256), sha256),
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

/** Holds each piece back until it is known whether it is the last one: who has all pieces has the right ones. */
async function* readChecked(path: string, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let held: Uint8Array | undefined;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: readBytes })) {
      hash.update(piece as Uint8Array);
      if (held !== undefined) yield held;
      held = piece as Uint8Array;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new FcError("FC_BLOB_NOT_FOUND", `There is no blob ${sha256}: ${path} is missing`, { cause: error });
  }
  if (hash.digest("hex") !== sha256)
    throw new FcError(
      "FC_BLOB_CORRUPT",
      `${path} is damaged: its bytes are not what was written. Put the file back from a backup, or upload its content again`,
      { details: { path, sha256 } },
    );
  if (held !== undefined) yield held;
}

function full(directory: string, cause: unknown): FcError {
  return new FcError("FC_BLOB_FULL", `${directory} cannot grow, the disk is full: nothing was stored. Free space`, {
    cause,
    retryable: true,
    details: { directory },
  });
}
