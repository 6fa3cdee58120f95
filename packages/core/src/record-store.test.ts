import { describe, expect, test } from "vitest";
import { createMemoryRecordStore, recordKey } from "./record-store.ts";

describe("memory record store", () => {
  test("gives copies: a change of what was read changes nothing stored", () => {
    const records = createMemoryRecordStore().collection<{ tags: string[] }>("x.y");
    records.set("a", { tags: ["one"] });
    records.get("a")?.tags.push("two");
    expect(records.get("a")).toEqual({ tags: ["one"] });
  });

  test("lists by prefix in key order", () => {
    const records = createMemoryRecordStore().collection<number>("x.y");
    for (const [index, key] of ["b/2", "a/1", "b/1"].entries()) records.set(key, index);
    expect(records.list("b/")).toEqual([
      { key: "b/1", value: 2 },
      { key: "b/2", value: 0 },
    ]);
    expect(records.list().map(({ key }) => key)).toEqual(["a/1", "b/1", "b/2"]);
  });

  test("keeps nothing of a transaction that throws, over several collections", () => {
    const store = createMemoryRecordStore();
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

  test("undoes an inner transaction with the outer one", () => {
    const store = createMemoryRecordStore();
    const records = store.collection<number>("x");
    expect(() =>
      store.transaction(() => {
        store.transaction(() => records.set("inner", 1));
        throw new Error("outer");
      }),
    ).toThrow("outer");
    expect(records.get("inner")).toBeUndefined();
  });
});

describe("recordKey", () => {
  test("keeps a part from running into its neighbour", () => {
    expect(recordKey("a/b", "c")).not.toBe(recordKey("a", "b/c"));
  });
});
