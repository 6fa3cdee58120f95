import { randomBytes } from "node:crypto";
import type { BlobRef, BlobStore } from "@fc/core";
import { type RdbFacts, verifiedRdb } from "@fc/elasticache/backend";

/** RDB bytes that can be read, and their checksum. */
export interface RdbSource {
  /** Lower-case hexadecimal SHA-256 of the bytes that `open` gives. */
  readonly sha256: string;
  readonly sizeBytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/** A source that has to be given back. */
export interface TemporaryRdb extends RdbSource, AsyncDisposable {}

/** A snapshot in the blob store as a source. */
export function blobRdb(blobs: BlobStore, ref: BlobRef): RdbSource {
  return { ...ref, open: () => blobs.read(ref.sha256) };
}

const saltBytes = 16;

/**
 * Keeps a verified RDB in the blob store until it is disposed. Blobs are named by their content, so a random prefix keeps it from
 * ever being the same blob as a user's snapshot of the same data, which disposing would then remove.
 */
export async function storeTemporaryRdb(
  blobs: BlobStore,
  content: AsyncIterable<Uint8Array>,
  expectedBytes?: number,
): Promise<TemporaryRdb> {
  let facts: RdbFacts | undefined;
  const verified = verifiedRdb(content, {
    expectedBytes,
    onVerified: (found) => {
      facts = found;
    },
  });
  const blob = await blobs.write(withPrefix(randomBytes(saltBytes), verified));
  const { sha256, sizeBytes } = facts as RdbFacts;
  return {
    sha256,
    sizeBytes,
    open: () => withoutPrefix(saltBytes, blobs.read(blob.sha256)),
    [Symbol.asyncDispose]: () => blobs.delete(blob.sha256),
  };
}

async function* withPrefix(prefix: Uint8Array, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield prefix;
  yield* content;
}

async function* withoutPrefix(bytes: number, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const chunk of content) {
    const skip = Math.min(left, chunk.length);
    left -= skip;
    if (skip < chunk.length) yield chunk.subarray(skip);
  }
}
