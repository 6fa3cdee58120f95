import { createHash } from "node:crypto";
import { type BlobStore, FcError } from "@fc/core";

/** A {@link BlobStore} that lives and dies with the process, for tests. */
export interface MemoryBlobStore extends BlobStore {
  /** The SHA-256 of every blob that is kept. */
  names(): string[];
}

export function createMemoryBlobStore(): MemoryBlobStore {
  const blobs = new Map<string, Buffer>();
  return {
    write: async (source) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      const sha256 = createHash("sha256").update(content).digest("hex");
      blobs.set(sha256, content);
      return { sha256, sizeBytes: content.byteLength };
    },
    read: async function* (sha256) {
      const content = await Promise.resolve(blobs.get(sha256));
      if (content === undefined) throw new FcError("FC_BLOB_NOT_FOUND", `There is no blob ${sha256}`);
      yield content;
    },
    delete: (sha256) => {
      blobs.delete(sha256);
      return Promise.resolve();
    },
    list: () => Promise.resolve([...blobs.keys()]),
    names: () => [...blobs.keys()].sort(),
  };
}
