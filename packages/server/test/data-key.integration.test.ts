import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteRecordStore, type SqliteOptions } from "../src/storage/sqlite-record-store.ts";

let directory: string;
let path: string;
let keyFile: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-key-"));
  path = join(directory, "records.db");
  keyFile = join(directory, "data.key");
});
afterEach(() => rm(directory, { recursive: true }));

async function write(options?: SqliteOptions): Promise<void> {
  using store = await openSqliteRecordStore(path, options);
  store.collection("a").set("k", { secret: "value" });
  store.collection("a").set("other", { secret: "value of another" });
}

async function read(options?: SqliteOptions): Promise<unknown> {
  using store = await openSqliteRecordStore(path, options);
  return store.collection("a").get("k");
}

test("the key is made with the file, for its owner alone; the setting takes what is in it", async () => {
  await write();
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  const dataKey = (await readFile(keyFile, "utf8")).trim();
  await rm(keyFile);
  expect(await read({ dataKey })).toEqual({ secret: "value" });
});

test("with a key of the settings there is no file of one", async () => {
  const dataKey = randomBytes(32).toString("base64");
  await write({ dataKey });
  await expect(stat(keyFile)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await read({ dataKey })).toEqual({ secret: "value" });
});

test("a key that is gone is not replaced by another one", async () => {
  await write();
  await rename(keyFile, join(directory, "elsewhere"));
  await expect(read()).rejects.toMatchObject({
    code: "FC_STORAGE_KEY_MISSING",
    message: expect.stringContaining(`there is no ${keyFile}. Put the file back, or set FAKECLOUD_DATA_KEY`),
  });
  await expect(stat(keyFile)).rejects.toMatchObject({ code: "ENOENT" });
  await rename(join(directory, "elsewhere"), keyFile);
  expect(await read()).toEqual({ secret: "value" });
});

test("a key that is another one's, or none at all, is refused, and no message has it", async () => {
  await write();
  const dataKey = randomBytes(32).toString("base64");
  const wrong = await read({ dataKey }).catch((error: unknown) => error);
  expect(wrong).toMatchObject({
    code: "FC_STORAGE_KEY_WRONG",
    message: expect.stringContaining("FAKECLOUD_DATA_KEY is not the key that it was written with"),
  });
  expect(JSON.stringify(wrong) + String(wrong)).not.toContain(dataKey);
  await writeFile(keyFile, "no key");
  await expect(read()).rejects.toMatchObject({ code: "FC_STORAGE_KEY_WRONG" });
});

test.each([
  [
    "changed",
    "UPDATE records SET value = CAST(substr(value, 1, 20) || x'ff' || substr(value, 22) AS BLOB) WHERE key = 'k'",
  ],
  ["cut short", "UPDATE records SET value = substr(value, 1, 9) WHERE key = 'k'"],
  ["another's", "UPDATE records SET value = (SELECT value FROM records WHERE key = 'other') WHERE key = 'k'"],
  ["renamed", "UPDATE OR REPLACE records SET key = 'k' WHERE key = 'other'"],
])("a record that was %s is found at the start, and named", async (_how, sql) => {
  await write();
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  await expect(read()).rejects.toMatchObject({
    code: "FC_STORAGE_CORRUPT",
    message: expect.stringContaining("the record k of a is not what was written"),
  });
});
