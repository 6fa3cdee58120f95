import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "@fc/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Migration, migrations } from "../src/storage/migrations.ts";
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";
import { writeFormerVersion } from "./former-version.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-migrations-"));
  path = join(directory, "records.db");
});
afterEach(() => rm(directory, { recursive: true }));

function look(file: string, sql: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  } finally {
    database.close();
  }
}

const backups = async (): Promise<string[]> => (await readdir(join(directory, "backups"))).sort();
const failing: Migration = {
  what: "a step that fails",
  apply: (database) => {
    database.exec("CREATE TABLE half (done TEXT); UPDATE records SET value = x'00'");
    throw new Error("half way");
  },
};

test("a file of the former version is brought to the newest, and a backup has it as it was", async () => {
  writeFormerVersion(path);
  const clock = new ManualClock(Date.UTC(2030, 0, 2, 3, 4, 5));
  {
    using store = await openSqliteRecordStore(path, { clock });
    expect(store.collection("a.b").list()).toEqual([{ key: "one", value: { secret: "plain-text-of-one" } }]);
    expect(store.collection("c.d").get("two")).toEqual([2]);
    store.collection("c.d").set("three", 3);
  }
  expect(look(path, "PRAGMA user_version")).toEqual([[migrations.length]]);
  expect(await backups()).toEqual(["records-v1-2030-01-02T03-04-05.000Z.db"]);
  const backup = join(directory, "backups", "records-v1-2030-01-02T03-04-05.000Z.db");
  expect(look(backup, "PRAGMA user_version")).toEqual([[1]]);
  expect(look(backup, "SELECT * FROM records")).toEqual([
    ["a.b", "one", '{"secret":"plain-text-of-one"}'],
    ["c.d", "two", "[2]"],
  ]);
  expect((await stat(backup)).mode & 0o777).toBe(0o600);
  using again = await openSqliteRecordStore(path, { clock });
  expect(again.collection("c.d").get("three")).toBe(3);
  expect(await backups()).toHaveLength(1);
});

test("what was in clear is nowhere in the file or its log after it, not in free pages either", async () => {
  writeFormerVersion(path);
  using _store = await openSqliteRecordStore(path);
  for (const name of (await readdir(directory)).filter((entry) => entry.startsWith("records.db")))
    expect([name, (await readFile(join(directory, name))).includes("plain-text-of-one")]).toEqual([name, false]);
});

test("a migration that fails leaves the file as it was, no backup more, and says what to do", async () => {
  writeFormerVersion(path);
  await expect(openSqliteRecordStore(path, { migrations: [...migrations, failing] })).rejects.toMatchObject({
    code: "FC_STORAGE_MIGRATION_FAILED",
    message: expect.stringMatching(/from format 2 to 3 \(a step that fails\).*run the version that wrote it/),
    cause: expect.objectContaining({ message: "half way" }),
  });
  expect(look(path, "PRAGMA user_version")).toEqual([[1]]);
  expect(look(path, "SELECT name FROM sqlite_schema")).toEqual([["records"]]);
  expect(look(path, "SELECT value FROM records")).toEqual([['{"secret":"plain-text-of-one"}'], ["[2]"]]);
  expect(await backups()).toEqual([]);
  using store = await openSqliteRecordStore(path);
  expect(store.collection("c.d").get("two")).toEqual([2]);
});

test("what goes wrong after the last step is an error of the storage, too; the file is of the newest format by then", async () => {
  writeFormerVersion(path);
  const oldest = [1, 2, 3].map((day) => join(directory, "backups", `records-v1-1970-01-0${day}T00-00-00.000Z.db`));
  for (const folder of oldest) await mkdir(folder, { recursive: true });
  await expect(openSqliteRecordStore(path)).rejects.toMatchObject({
    code: "FC_STORAGE_UNAVAILABLE",
    details: { path },
  });
  using store = await openSqliteRecordStore(path);
  expect(store.collection("c.d").get("two")).toEqual([2]);
});

test("a step has the records in its hands, and the three newest backups stay", async () => {
  (await openSqliteRecordStore(path))[Symbol.dispose]();
  const clock = new ManualClock(0);
  const steps: Migration[] = [...migrations];
  for (let step = 1; step <= 5; step += 1) {
    clock.advance(60_000);
    steps.push({
      what: `step ${step}`,
      apply: (database, cipher) => {
        const value = cipher.seal("steps", String(step), JSON.stringify({ step }));
        database.prepare("INSERT INTO records VALUES ('steps', ?, ?)").run(String(step), value);
      },
    });
    using store = await openSqliteRecordStore(path, { clock, migrations: steps });
    expect(store.collection("steps").get(String(step))).toEqual({ step });
  }
  expect(await backups()).toEqual([5, 6, 7].map((version) => expect.stringMatching(`^records-v${version - 1}-1970-`)));
});

test("a file of a later version is refused", async () => {
  (await openSqliteRecordStore(path, { migrations: [...migrations, { what: "more", apply: () => undefined }] }))[
    Symbol.dispose
  ]();
  await expect(openSqliteRecordStore(path)).rejects.toMatchObject({
    code: "FC_STORAGE_TOO_NEW",
    message: expect.stringMatching(
      /its format is 3, this version knows 2\. Run that version, put a backup .* in its place/,
    ),
  });
  expect(look(path, "PRAGMA user_version")).toEqual([[3]]);
});
