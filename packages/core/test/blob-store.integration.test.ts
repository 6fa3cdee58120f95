import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFileBlobStore } from "../src/blob-store.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-blobs-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function text(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("file blob store", () => {
  test("names bytes by their content and gives them back", async () => {
    const store = createFileBlobStore(join(directory, "made", "when-needed"));
    const ref = await store.write([Buffer.from("hel"), Buffer.from("lo")]);
    expect(ref).toEqual({ sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", sizeBytes: 5 });
    expect(await text(store.read(ref.sha256))).toBe("hello");
  });

  test("keeps nothing of a source that fails", async () => {
    const store = createFileBlobStore(directory);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("part");
      throw new Error("cut");
    }
    await expect(store.write(failing())).rejects.toThrow("cut");
    expect(await readdir(directory)).toEqual([]);
  });

  test("says which blob is missing, and deletes one that is absent", async () => {
    const store = createFileBlobStore(directory);
    const absent = "0".repeat(64);
    await expect(text(store.read(absent))).rejects.toMatchObject({ code: "FC_BLOB_NOT_FOUND" });
    await expect(store.delete(absent)).resolves.toBeUndefined();
  });

  test.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["changed", (bytes: Buffer) => Buffer.concat([Buffer.from("x"), bytes.subarray(1)])],
    ["emptied", () => Buffer.alloc(0)],
    ["longer", (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ])("a blob that was %s is refused before its last piece, and named", async (_how, damage) => {
    const store = createFileBlobStore(directory);
    const written = Buffer.alloc(2_500_000, "abc");
    const { sha256 } = await store.write([written]);
    await writeFile(join(directory, sha256), damage(written));
    let bytes = 0;
    const reading = async (): Promise<void> => {
      for await (const piece of store.read(sha256)) bytes += piece.byteLength;
    };
    await expect(reading()).rejects.toMatchObject({
      code: "FC_BLOB_CORRUPT",
      message: expect.stringContaining(join(directory, sha256)),
    });
    expect(bytes).toBeLessThan(damage(written).length || 1);
  });

  test("lists what it holds, and nothing that is being written", async () => {
    const store = createFileBlobStore(join(directory, "made", "later"));
    expect(await store.list?.()).toEqual([]);
    const { sha256 } = await store.write([Buffer.from("hello")]);
    await writeFile(join(directory, "made", "later", ".half.part"), "half");
    expect(await store.list?.()).toEqual([sha256]);
  });

  test("refuses a name that is no digest, such as a path", () => {
    const store = createFileBlobStore(directory);
    expect(() => store.delete("../../etc/passwd")).toThrow("Not a SHA-256");
  });
});
