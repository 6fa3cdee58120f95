import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type BlobStore, FcError } from "@fc/core";

/** A {@link BlobStore} in memory, for tests. `names` tells what it holds. */
export function createMemoryBlobStore(): BlobStore & { readonly names: () => readonly string[] } {
  const blobs = new Map<string, Uint8Array>();
  return {
    list: () => Promise.resolve([...blobs.keys()]),
    names: () => [...blobs.keys()].sort(),
    write: async (source) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      blobs.set(sha256, bytes);
      return { sha256, sizeBytes: bytes.byteLength };
    },
    read: async function* (sha256) {
      const bytes = await Promise.resolve(blobs.get(sha256));
      if (bytes === undefined) throw new FcError("FC_BLOB_NOT_FOUND", `There is no blob ${sha256}`);
      yield bytes;
    },
    delete: (sha256) => {
      blobs.delete(sha256);
      return Promise.resolve();
    },
  };
}
