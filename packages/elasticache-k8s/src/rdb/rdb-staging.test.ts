import { createHash } from "node:crypto";
import type { BlobRef, BlobStore } from "@fc/core";
import { sampleRdb } from "@fc/elasticache/testing";
import { describe, expect, test } from "vitest";
import { blobRdb, storeTemporaryRdb } from "./rdb-source.ts";
import { RdbStaging } from "./rdb-staging.ts";

function memoryBlobs(): BlobStore & { readonly kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  return {
    kept,
    write: async (source): Promise<BlobRef> => {
      const parts: Uint8Array[] = [];
      for await (const part of source) parts.push(part);
      const bytes = Buffer.concat(parts);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      kept.set(sha256, bytes);
      return { sha256, sizeBytes: bytes.length };
    },
    read: async function* (sha256) {
      yield kept.get(sha256) ?? Buffer.alloc(0);
    },
    delete: async (sha256) => void kept.delete(sha256),
  };
}

async function text(source: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts).toString("latin1");
}

describe("RdbStaging", () => {
  test("gives the bytes once for the right token, and a wrong token does not use it up", async () => {
    const blobs = memoryBlobs();
    const ref = await blobs.write([Buffer.from("data")]);
    const staging = new RdbStaging();
    const { id, token } = staging.stage(blobRdb(blobs, ref));
    const other = staging.stage(blobRdb(blobs, ref));
    expect(staging.take(id, other.token)).toBeUndefined();
    expect(staging.take(id, "")).toBeUndefined();
    expect(staging.take("unknown", token)).toBeUndefined();
    expect(await text(staging.take(id, token))).toBe("data");
    expect(staging.take(id, token)).toBeUndefined();
    expect(staging.size).toBe(1);
    staging.drop(other.id);
    expect(staging.take(other.id, other.token)).toBeUndefined();
  });
});

describe("storeTemporaryRdb", () => {
  test("gives back exactly the RDB, and its end never takes a user's snapshot of the same bytes", async () => {
    const blobs = memoryBlobs();
    const bytes = sampleRdb();
    const snapshot = await blobs.write([bytes]);
    {
      await using temporary = await storeTemporaryRdb(
        blobs,
        (async function* () {
          yield bytes;
        })(),
      );
      expect(temporary.sha256).toBe(snapshot.sha256);
      expect(await text(temporary.open())).toBe(bytes.toString("latin1"));
      expect(blobs.kept.size).toBe(2);
    }
    expect([...blobs.kept.keys()]).toEqual([snapshot.sha256]);
  });
});
