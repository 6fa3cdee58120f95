import { createMemoryRecordStore } from "@fc/core";
import { describe, expect, test } from "vitest";
import { makeZip } from "../../test/support/make-zip.ts";
import { createMemoryBlobStore } from "../testing/index.ts";
import { awsCodeLimits } from "./code-limits.ts";
import { CodeStore } from "./code-store.ts";

function rig(): { store: CodeStore; blobs: ReturnType<typeof createMemoryBlobStore> } {
  const blobs = createMemoryBlobStore();
  return { store: new CodeStore({ records: createMemoryRecordStore(), blobs, limits: awsCodeLimits }), blobs };
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
