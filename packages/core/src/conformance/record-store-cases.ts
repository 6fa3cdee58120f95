import assert from "node:assert/strict";
import type { RecordStore } from "../record-store.ts";

/** One promise of {@link RecordStore}. */
export interface RecordStoreCase {
  readonly name: string;
  /** Throws when an empty store does not keep the promise. */
  readonly run: (store: RecordStore) => void;
}

/** What every record store promises. */
export const recordStoreCases: readonly RecordStoreCase[] = [
  { name: "gives copies: a change of what was read changes nothing stored", run: givesCopies },
  { name: "keeps collections apart, and tells whether there was something to delete", run: keepsCollectionsApart },
  { name: "lists by prefix in key order, whatever characters stand in keys", run: listsInOrder },
  { name: "keeps nothing of a transaction that throws, over several collections", run: keepsNothingOfAFailure },
  {
    name: "undoes an inner transaction alone when its error is caught, and with the outer one when that throws",
    run: undoesInnerTransactions,
  },
];

function givesCopies(store: RecordStore): void {
  const records = store.collection<{ tags: string[] }>("x.y");
  const written = { tags: ["one"] };
  records.set("a", written);
  written.tags.push("two");
  records.get("a")?.tags.push("three");
  records.list()[0]?.value.tags.push("four");
  assert.deepEqual(records.get("a"), { tags: ["one"] });
}

function keepsCollectionsApart(store: RecordStore): void {
  store.collection<number>("a").set("k", 1);
  assert.equal(store.collection<number>("b").get("k"), undefined);
  assert.equal(store.collection<number>("b").delete("k"), false);
  assert.equal(store.collection<number>("a").delete("k"), true);
  assert.deepEqual(store.collection<number>("a").list(), []);
}

function listsInOrder(store: RecordStore): void {
  const records = store.collection<number>("x.y");
  const keys = ["b/2", "a/1", "b/1", "b", "b/%E2%82%AC", "b0", "c", "_x", "%x"];
  for (const [index, key] of keys.entries()) records.set(key, index);
  assert.deepEqual(records.list("b/"), [
    { key: "b/%E2%82%AC", value: 4 },
    { key: "b/1", value: 2 },
    { key: "b/2", value: 0 },
  ]);
  assert.deepEqual(
    records.list("_").map(({ key }) => key),
    ["_x"],
  );
  assert.deepEqual(
    records.list().map(({ key }) => key),
    ["%x", "_x", "a/1", "b", "b/%E2%82%AC", "b/1", "b/2", "b0", "c"],
  );
}

function keepsNothingOfAFailure(store: RecordStore): void {
  const [left, right] = [store.collection<number>("left"), store.collection<number>("right")];
  left.set("kept", 1);
  left.set("gone", 1);
  const failing = (): void =>
    store.transaction(() => {
      left.set("kept", 2);
      left.delete("gone");
      right.set("new", 3);
      throw new Error("half way");
    });
  assert.throws(failing, /half way/);
  assert.deepEqual(left.list(), [
    { key: "gone", value: 1 },
    { key: "kept", value: 1 },
  ]);
  assert.deepEqual(right.list(), []);
}

function undoesInnerTransactions(store: RecordStore): void {
  const records = store.collection<number>("x");
  const inner = (fail: boolean): void =>
    store.transaction(() => {
      records.set("inner", 1);
      if (fail) throw new Error("inner");
    });
  store.transaction(() => {
    records.set("outer", 1);
    assert.throws(() => inner(true), /inner/);
  });
  assert.deepEqual(
    records.list().map(({ key }) => key),
    ["outer"],
  );
  const outer = (): void =>
    store.transaction(() => {
      inner(false);
      throw new Error("outer");
    });
  assert.throws(outer, /outer/);
  assert.equal(records.get("inner"), undefined);
}
