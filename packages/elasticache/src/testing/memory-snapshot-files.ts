import { Buffer } from "node:buffer";
import { type SnapshotFile, type SnapshotFiles, SnapshotFilesError } from "../snapshots/snapshot-files.ts";

/** {@link SnapshotFiles} in memory, for tests. */
export interface MemorySnapshotFiles extends SnapshotFiles {
  /** By `bucket/key`. */
  readonly files: Map<string, Uint8Array>;
  /** The buckets that there are, and their regions. */
  readonly buckets: Map<string, string>;
}

export function createMemorySnapshotFiles(): MemorySnapshotFiles {
  const files = new Map<string, Uint8Array>();
  const buckets = new Map<string, string>();
  const nameOf = ({ bucket, key, region }: SnapshotFile): string => {
    const found = buckets.get(bucket);
    if (found === undefined) throw new SnapshotFilesError("FC_SNAPSHOT_FILES_NO_BUCKET", `There is no ${bucket}`);
    if (found !== region) throw new SnapshotFilesError("FC_SNAPSHOT_FILES_OTHER_REGION", `It is in ${found}`);
    return `${bucket}/${key}`;
  };
  return {
    specificationVersion: "v1",
    files,
    buckets,
    checkAbsent: async (file) => {
      const name = await Promise.resolve(nameOf(file));
      if (files.has(name)) throw new SnapshotFilesError("FC_SNAPSHOT_FILES_EXISTS", `There is ${name}`);
    },
    write: async (file, content, { signal }) => {
      const name = nameOf(file);
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) {
        signal.throwIfAborted();
        chunks.push(chunk);
      }
      files.set(name, Buffer.concat(chunks));
    },
    open: async (file) => {
      const name = await Promise.resolve(nameOf(file));
      const bytes = files.get(name);
      if (bytes === undefined) throw new SnapshotFilesError("FC_SNAPSHOT_FILES_NOT_FOUND", `There is no ${name}`);
      return chunksOf(bytes);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
