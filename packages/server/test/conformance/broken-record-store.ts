import { createMemoryRecordStore, type RecordStore } from "@fc/core";

/** Its transactions undo nothing. */
export function createRecordStore(): RecordStore {
  const store = createMemoryRecordStore();
  return { collection: (name) => store.collection(name), transaction: (work) => work() };
}
