import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeDurably } from "../src/write-durably.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-write-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const bytes = [Buffer.from("hel"), Buffer.from("lo")];

test("gives size and hash, and replaces the file that was there", async () => {
  const path = join(directory, "file");
  await writeFile(path, "old");
  const written = await writeDurably(directory, bytes, { pathOf: () => path });
  expect(written).toEqual({ sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", sizeBytes: 5 });
  expect(await readFile(path, "utf8")).toBe("hello");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(["file"]);
});

test("keeps the file that was there when it must not be replaced, or when the bytes are not wanted after all", async () => {
  const path = join(directory, "file");
  await writeFile(path, "old");
  await expect(writeDurably(directory, bytes, { pathOf: () => path, overwrite: false })).rejects.toMatchObject({
    code: "EEXIST",
  });
  const refuse = (): string => {
    throw new Error("not these");
  };
  await expect(writeDurably(directory, bytes, { pathOf: refuse })).rejects.toThrow("not these");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(directory)).toEqual(["file"]);
});

test("writes a new file where there is none", async () => {
  await writeDurably(directory, bytes, { pathOf: () => join(directory, "file"), overwrite: false });
  expect(await readdir(directory)).toEqual(["file"]);
});
