import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryRecordStore, type RecordStore } from "@fc/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSqliteRecordStore } from "../src/storage/sqlite-record-store.ts";

let directory: string;
let close: () => void = () => undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-records-"));
});
afterEach(async () => {
  close();
  await rm(directory, { recursive: true });
});

const stores: Record<string, () => Promise<RecordStore>> = {
  memory: () => {
    close = () => undefined;
    return Promise.resolve(createMemoryRecordStore());
  },
  sqlite: async () => {
    const store = await openSqliteRecordStore(join(directory, "records.db"));
    close = () => store[Symbol.dispose]();
    return store;
  },
};

describe.each(Object.entries(stores))("the %s record store", (_name, open) => {
  test("gives copies: a change of what was read changes nothing stored", async () => {
    const records = (await open()).collection<{ tags: string[] }>("x.y");
    records.set("a", { tags: ["one"] });
    records.get("a")?.tags.push("two");
    expect(records.get("a")).toEqual({ tags: ["one"] });
  });

  test("keeps collections apart, and tells whether there was something to delete", async () => {
    const store = await open();
    store.collection<number>("a").set("k", 1);
    expect(store.collection<number>("b").get("k")).toBeUndefined();
    expect(store.collection<number>("b").delete("k")).toBe(false);
    expect(store.collection<number>("a").delete("k")).toBe(true);
    expect(store.collection<number>("a").list()).toEqual([]);
  });

  test("lists by prefix in key order, whatever characters stand in keys", async () => {
    const records = (await open()).collection<number>("x.y");
    for (const [index, key] of ["b/2", "a/1", "b/1", "b", "b/%E2%82%AC", "b0", "c", "_x", "%x"].entries())
      records.set(key, index);
    expect(records.list("b/").map(({ key }) => key)).toEqual(["b/%E2%82%AC", "b/1", "b/2"]);
    expect(records.list("_").map(({ key }) => key)).toEqual(["_x"]);
    expect(records.list().map(({ key }) => key)).toEqual([
      "%x",
      "_x",
      "a/1",
      "b",
      "b/%E2%82%AC",
      "b/1",
      "b/2",
      "b0",
      "c",
    ]);
  });

  test("keeps nothing of a transaction that throws, over several collections", async () => {
    const store = await open();
    const [left, right] = [store.collection<number>("left"), store.collection<number>("right")];
    left.set("kept", 1);
    left.set("gone", 1);
    expect(() =>
      store.transaction(() => {
        left.set("kept", 2);
        left.delete("gone");
        right.set("new", 3);
        throw new Error("half way");
      }),
    ).toThrow("half way");
    expect(left.list()).toEqual([
      { key: "gone", value: 1 },
      { key: "kept", value: 1 },
    ]);
    expect(right.list()).toEqual([]);
  });

  test("undoes an inner transaction alone when its error is caught, and with the outer one when that throws", async () => {
    const store = await open();
    const records = store.collection<number>("x");
    const inner = (fail: boolean): void =>
      store.transaction(() => {
        records.set("inner", 1);
        if (fail) throw new Error("inner");
      });
    store.transaction(() => {
      records.set("outer", 1);
      expect(() => inner(true)).toThrow("inner");
    });
    expect(records.list().map(({ key }) => key)).toEqual(["outer"]);
    expect(() =>
      store.transaction(() => {
        inner(false);
        throw new Error("outer");
      }),
    ).toThrow("outer");
    expect(records.get("inner")).toBeUndefined();
  });
});
