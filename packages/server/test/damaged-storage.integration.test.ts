import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { persistentStorage } from "../src/storage/open-storage.ts";
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";
import { functionsPath, startMemoryServer } from "./memory-server.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-damaged-"));
  path = join(directory, "records.db");
});
afterEach(() => rm(directory, { recursive: true }));

async function writeRecords(): Promise<void> {
  using store = await openSqliteRecordStore(path);
  const records = store.collection<string>("a");
  store.transaction(() => {
    for (let at = 0; at < 500; at += 1) records.set(String(at).padStart(3, "0"), "x".repeat(1_000));
  });
}

async function overwrite(file: string, position: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, position).finally(() => handle.close());
}

/** Where in the file the value of a record begins. */
async function positionOf(key: string): Promise<number> {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare("SELECT value FROM records WHERE key = ?").get(key);
  database.close();
  const value = row?.["value"] as Uint8Array;
  return (await readFile(path)).indexOf(value.subarray(0, 64));
}

const garbage = Buffer.alloc(64, 0xa5);

describe("a damaged database", () => {
  test.each([
    ["its header", () => overwrite(path, 0, garbage)],
    ["the root page of its schema", () => overwrite(path, 100, garbage)],
    ["a page in the middle", () => overwrite(path, 40 * 4_096, garbage)],
    ["the content of a record", async () => overwrite(path, await positionOf("250"), garbage)],
    ["its end", () => truncate(path, 8_192)],
  ])("is refused, named and left as it is: %s", async (_what, damage) => {
    await writeRecords();
    await damage();
    const before = await readFile(path);
    await expect(persistentStorage(directory)).rejects.toMatchObject({
      code: "FC_STORAGE_CORRUPT",
      message: expect.stringMatching(
        /records\.db is damaged.* put a backup in its place, or move it away to start empty/i,
      ),
    });
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  test("an empty file is a new one", async () => {
    await writeFile(path, "");
    await using storage = await persistentStorage(directory);
    expect(storage.records.collection("a").list()).toEqual([]);
  });
});

/** The log as a process leaves it that is killed: copied while it is open. */
async function killedWith(
  changes: number,
): Promise<{ readonly database: Buffer; readonly log: Buffer; readonly sizes: number[] }> {
  using store = await openSqliteRecordStore(path);
  const [left, right] = [store.collection<number>("left"), store.collection<number>("right")];
  const sizes: number[] = [];
  for (let at = 0; at < changes; at += 1) {
    store.transaction(() => {
      left.set(String(at), at);
      right.set(String(at), at);
    });
    sizes.push((await stat(`${path}-wal`)).size);
  }
  return { database: await readFile(path), log: await readFile(`${path}-wal`), sizes };
}

test("a log that was cut has all changes up to the cut, and none of them half", async () => {
  const { database, log, sizes } = await killedWith(20);
  for (const keptBytes of [
    log.length,
    log.length - 1,
    (sizes[12] ?? 0) + 5_000,
    (sizes[7] ?? 0) + 1,
    sizes[3] ?? 0,
    0,
  ]) {
    await writeFile(path, database);
    await writeFile(`${path}-wal`, log.subarray(0, keptBytes));
    using store = await openSqliteRecordStore(path);
    const keys = (name: string): string[] =>
      store
        .collection(name)
        .list()
        .map(({ key }) => key)
        .sort((a, b) => Number(a) - Number(b));
    const whole = sizes.filter((size) => size <= keptBytes).length;
    expect(keys("left")).toEqual(Array.from({ length: whole }, (_, at) => String(at)));
    expect(keys("right")).toEqual(keys("left"));
  }
});

describe("a damaged blob", () => {
  test.each([
    ["cut", (file: string) => truncate(file, 10), "FC_BLOB_CORRUPT", "is damaged: its bytes are not what was written"],
    ["gone", (file: string) => rm(file), "FC_BLOB_NOT_FOUND", "There is no blob"],
  ])("that is %s fails what needs it, by name, and nothing else", async (_how, damage, code, message) => {
    const environment = { FAKECLOUD_DATA_PATH: directory };
    {
      await using server = await startMemoryServer(environment);
      await server.createFunction("f");
    }
    const blobs = join(directory, "blobs");
    for (const name of await readdir(blobs)) await damage(join(blobs, name));
    await using server = await startMemoryServer(environment);
    const { Code } = JSON.parse((await server.lambda("GET", `${functionsPath}/f`)).text) as {
      Code: { Location: string };
    };
    const download = await server.lambda("GET", new URL(Code.Location).pathname);
    expect([download.status, JSON.parse(download.text)]).toEqual([500, { error: code }]);
    const configuration = `${functionsPath}/f/configuration`;
    expect(await server.lambda("PUT", configuration, { MemorySize: 256 })).toMatchObject({ status: 200 });
    await expect
      .poll(async () => JSON.parse((await server.lambda("GET", configuration)).text) as unknown)
      .toMatchObject({
        State: "Active",
        LastUpdateStatus: "Failed",
        LastUpdateStatusReason: expect.stringContaining(message),
      });
  });
});
