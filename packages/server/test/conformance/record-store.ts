import { createMemoryRecordStore, type RecordStore } from "@fc/core";

/** A store that keeps its promises, as a module of a user's exports it. */
export function createRecordStore(): RecordStore {
  return createMemoryRecordStore();
}
