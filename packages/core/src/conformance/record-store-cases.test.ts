import { AssertionError } from "node:assert/strict";
import { expect, test } from "vitest";
import { createMemoryRecordStore, type RecordCollection, type RecordStore } from "../record-store.ts";
import { recordStoreCases } from "./record-store-cases.ts";

type Mistake = (store: RecordStore) => Partial<RecordStore>;

/** Collections some of whose methods do otherwise. */
const withCollections =
  (change: <T>(records: RecordCollection<T>) => Partial<RecordCollection<T>>): Mistake =>
  (store) => ({
    collection: <T>(name: string): RecordCollection<T> => {
      const records = store.collection<T>(name);
      return { ...records, ...change(records) };
    },
  });

/** Reads give the very object that was written last, wherever that was. */
function givesTheOriginal<T>(records: RecordCollection<T>): Partial<RecordCollection<T>> {
  const originals = new Map<string, T>();
  return {
    get: (key) => originals.get(key),
    set: (key, value) => {
      originals.set(key, value);
      records.set(key, value);
    },
  };
}

function rollsBackTheOuterOnly(store: RecordStore): Partial<RecordStore> {
  let depth = 0;
  return {
    transaction: (work) => {
      depth += 1;
      try {
        return depth === 1 ? store.transaction(work) : work();
      } finally {
        depth -= 1;
      }
    },
  };
}

/** For every case a mistake that it must find. */
const mistakes: Readonly<Record<string, Mistake>> = {
  "gives copies": withCollections(givesTheOriginal),
  "keeps collections apart": (store) => ({ collection: () => store.collection("all") }),
  "lists by prefix in key order": withCollections((records) => ({ list: (prefix) => records.list(prefix).reverse() })),
  "keeps nothing of a transaction that throws": () => ({ transaction: (work) => work() }),
  "undoes an inner transaction alone": rollsBackTheOuterOnly,
};

test.each(recordStoreCases)("a store that does otherwise is found: $name", ({ name, run }) => {
  run(createMemoryRecordStore());
  const [, mistake] = Object.entries(mistakes).find(([beginning]) => name.startsWith(beginning)) ?? [];
  if (mistake === undefined) throw new Error("No mistake is known that this case finds");
  const store = createMemoryRecordStore();
  expect(() => run({ ...store, ...mistake(store) })).toThrow(AssertionError);
});
