import { FcError } from "../errors.ts";
import { createMemoryRecordStore, type RecordCollection, type RecordStore } from "../record-store.ts";

/** Records on a disk that can be full: then it is read only. */
export interface FillingRecords extends RecordStore {
  isFull: boolean;
}

/** Such records, in memory: for tests of what has to wait for space. */
export function fillingRecords(): FillingRecords {
  const inner = createMemoryRecordStore();
  const store: FillingRecords = {
    isFull: false,
    transaction: (work) => inner.transaction(work),
    collection: <T>(name: string): RecordCollection<T> => {
      const records = inner.collection<T>(name);
      const needSpace = (): void => {
        if (store.isFull) throw new FcError("FC_STORAGE_FULL", "the disk is full", { retryable: true });
      };
      return {
        ...records,
        set: (key, value) => {
          needSpace();
          records.set(key, value);
        },
        delete: (key) => {
          needSpace();
          return records.delete(key);
        },
      };
    },
  };
  return store;
}
