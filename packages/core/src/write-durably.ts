import { createHash, randomUUID } from "node:crypto";
import { link, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** What was written, named by its content. */
export interface WrittenFile {
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface WriteDurablyOptions {
  /**
   * Path of the file, in the same file system as `directory`. Called once the bytes are on disk; what it throws removes them.
   */
  readonly pathOf: (written: WrittenFile) => string | Promise<string>;
  /** False: a file that is there already stays, and writing rejects with `EEXIST`. Default true. */
  readonly overwrite?: boolean;
}

/**
 * Writes a file of mode 0600 that is there whole or not at all, whatever fails and whenever the process ends: under a temporary
 * name in `directory`, synced to the disk, then renamed. One chunk is held in memory at a time.
 */
export async function writeDurably(
  directory: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { pathOf, overwrite = true }: WriteDurablyOptions,
): Promise<WrittenFile> {
  const temporary = join(directory, `.${randomUUID()}.part`);
  const file = await open(temporary, "wx", 0o600);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    for await (const chunk of source) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await file.sync();
    await file.close();
    const written = { sha256: hash.digest("hex"), sizeBytes };
    const path = await pathOf(written);
    if (overwrite) await rename(temporary, path);
    else {
      // Unlike rename, link never replaces.
      await link(temporary, path);
      await rm(temporary);
    }
    return written;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}
