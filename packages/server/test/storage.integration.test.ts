import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { persistentStorage } from "../src/storage/open-storage.ts";
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-storage-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("what was written is there after closing, with the same installation; nobody else may read the files", async () => {
  const data = join(directory, "new", "data");
  let installation: string | undefined;
  let sha256: string;
  {
    await using storage = await persistentStorage(data);
    installation = storage.installationId;
    storage.records.collection("a.b").set("k", { v: 1 });
    ({ sha256 } = await storage.blobs.write([Buffer.from("bytes")]));
  }
  await using again = await persistentStorage(data);
  expect(again.installationId).toBe(installation);
  expect(again.records.collection("a.b").get("k")).toEqual({ v: 1 });
  for await (const chunk of again.blobs.read(sha256)) expect(Buffer.from(chunk).toString()).toBe("bytes");
  for (const name of (await readdir(data)).filter((entry) => entry.startsWith("records.db")))
    expect([name, (await stat(join(data, name))).mode & 0o077]).toEqual([name, 0]);
});

test("what was being written to a blob when a process was killed is removed", async () => {
  await (await persistentStorage(directory))[Symbol.asyncDispose]();
  await writeFile(join(directory, "blobs", ".half.part"), "half");
  await using _storage = await persistentStorage(directory);
  expect(await readdir(join(directory, "blobs"))).toEqual([]);
});

test("a folder in use is refused, and free again when its server has ended", async () => {
  const first = await persistentStorage(directory);
  await expect(persistentStorage(directory)).rejects.toMatchObject({
    code: "FC_STORAGE_IN_USE",
    message: expect.stringContaining("stop that one, or set another FAKECLOUD_DATA_PATH"),
  });
  await first[Symbol.asyncDispose]();
  await (await persistentStorage(directory))[Symbol.asyncDispose]();
});

test("a damaged file is refused and left as it is", async () => {
  const path = join(directory, "records.db");
  await writeFile(path, "this is no database, though it is long enough to be taken for one".repeat(100));
  await expect(openSqliteRecordStore(path)).rejects.toMatchObject({ code: "FC_STORAGE_CORRUPT" });
  expect((await stat(path)).size).toBe(6_500);
  await rm(path);
  const store = await openSqliteRecordStore(path);
  for (let at = 0; at < 500; at += 1) store.collection("a").set(String(at), "x".repeat(1_000));
  store[Symbol.dispose]();
  await truncate(path, 8_192);
  await expect(openSqliteRecordStore(path)).rejects.toMatchObject({ code: "FC_STORAGE_CORRUPT" });
});

test("a folder that cannot be made is named", async () => {
  await writeFile(join(directory, "file"), "");
  await expect(persistentStorage(join(directory, "file", "data"))).rejects.toMatchObject({
    code: "FC_STORAGE_UNAVAILABLE",
    message: expect.stringContaining(join(directory, "file", "data")),
  });
});

test("kill -9 at any moment loses nothing that was done, and leaves nothing half done", async () => {
  const path = join(directory, "records.db");
  const victim = fileURLToPath(new URL("./storage-victim.ts", import.meta.url));
  let acknowledged = -1;
  for (const writes of [1, 3, 17, 60, 211]) {
    // It may be ahead of what is read here, but not without end.
    const count = String(writes + 500);
    const child = spawn(process.execPath, ["--conditions=@fc/source", "--no-warnings", victim, path, count], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const target = acknowledged + writes;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= target) child.kill("SIGKILL");
    }
    await exited;
    const store = await openSqliteRecordStore(path);
    const [left, right] = [store.collection<number>("left").list(), store.collection<number>("right").list()];
    store[Symbol.dispose]();
    expect(left).toEqual(right);
    expect(left.length).toBeGreaterThan(acknowledged);
  }
});
