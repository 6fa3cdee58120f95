import { createMemoryRecordStore, FcError, type RecordStore } from "@fc/core";
import { describe, expect, test } from "vitest";
import { makeZip } from "../../test/support/make-zip.ts";
import { createMemoryBlobStore } from "../testing/index.ts";
import { awsCodeLimits } from "./code-limits.ts";
import { CodeStore } from "./code-store.ts";

function rig(): { store: CodeStore; blobs: ReturnType<typeof createMemoryBlobStore>; records: RecordStore } {
  const blobs = createMemoryBlobStore();
  const records = createMemoryRecordStore();
  return { store: new CodeStore({ records, blobs, limits: awsCodeLimits }), blobs, records };
}

describe("the code store", () => {
  test("keeps the zip and its content while it is pinned, and nothing after that", async () => {
    const { store, blobs } = rig();
    const code = await store.add(makeZip({ a: "a" }));
    expect(blobs.names()).toHaveLength(2);
    await code.unpin();
    expect(blobs.names()).toEqual([]);
  });

  test("keeps nothing of a zip that is refused half-way", async () => {
    const { store, blobs } = rig();
    await expect(store.add(makeZip({ a: "good", "../b": "bad" }))).rejects.toThrow("Could not unzip");
    expect(blobs.names()).toEqual([]);
  });

  test.each([1, 2])("keeps nothing of an upload when the disk is full at blob %i", async (failing) => {
    const { store, blobs } = rig();
    let writes = 0;
    const write = blobs.write.bind(blobs);
    blobs.write = async (source) => {
      writes += 1;
      if (writes === failing) throw new FcError("FC_BLOB_FULL", "full", { retryable: true });
      return await write(source);
    };
    await expect(store.add(makeZip({ a: "a" }))).rejects.toThrow("full");
    expect(blobs.names()).toEqual([]);
    const code = await store.add(makeZip({ a: "a" }));
    expect(blobs.names()).toHaveLength(2);
    await code.unpin();
    expect(blobs.names()).toEqual([]);
  });

  test("a disk that is too full to forget what is not needed does not fail an upload, and the next one forgets it", async () => {
    const blobs = createMemoryBlobStore();
    const records = createMemoryRecordStore();
    let isFull = false;
    const transaction: RecordStore["transaction"] = (work) => {
      if (isFull) throw new FcError("FC_STORAGE_FULL", "full", { retryable: true });
      return records.transaction(work);
    };
    const store = new CodeStore({ records: { ...records, transaction }, blobs, limits: awsCodeLimits });
    const code = await store.add(makeZip({ a: "a" }));
    isFull = true;
    await code.unpin();
    expect(blobs.names()).toHaveLength(2);
    isFull = false;
    await store.collect();
    expect(blobs.names()).toEqual([]);
  });

  test("what a process left that ended between an upload and its function goes with the next start", async () => {
    const { store, blobs, records } = rig();
    const [kept, left] = [await store.add(makeZip({ a: "a" })), await store.add(makeZip({ a: "b" }))];
    store.own(kept.sha256, "owner");
    const { sha256: half } = await blobs.write([Buffer.from("half an upload")]);
    const next = new CodeStore({ records, blobs, limits: awsCodeLimits });
    await next.recover(false);
    expect(blobs.names()).toEqual([kept.sha256, next.unpacked(kept.sha256).contentSha256, half].sort());
    expect(() => next.unpacked(left.sha256)).toThrow("no longer in the store");
    await next.recover(true);
    expect(blobs.names()).toHaveLength(2);
  });

  test("shares the content of zips that differ only in their headers until the last of them goes", async () => {
    const { store, blobs } = rig();
    const first = await store.add(makeZip({ a: { content: "same", mode: 0o100644 } }));
    const second = await store.add(makeZip({ a: { content: "same", mode: 0o100755 } }));
    expect(blobs.names()).toHaveLength(3);
    await first.unpin();
    expect(blobs.names()).toHaveLength(2);
    expect(store.unpacked(second.sha256).files).toMatchObject([{ path: "a", mode: 0o755 }]);
    await second.unpin();
    expect(blobs.names()).toEqual([]);
  });

  test("an upload of what is being deleted at that moment is whole in the end", async () => {
    const { store, blobs } = rig();
    const zip = makeZip({ a: "a" });
    const first = await store.add(zip);
    const [, second] = await Promise.all([first.unpin(), store.add(zip)]);
    expect(blobs.names()).toHaveLength(2);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.zip(second.sha256)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(Buffer.from(zip))).toBe(true);
  });

  test("an owner keeps the code when the pin is gone, and its loss frees it", async () => {
    const { store, blobs } = rig();
    const code = await store.add(makeZip({ a: "a" }));
    store.own(code.sha256, "owner");
    await code.unpin();
    expect(blobs.names()).toHaveLength(2);
    store.disown(code.sha256, "owner");
    await store.collect();
    expect(blobs.names()).toEqual([]);
  });
});
