/**
 * Where services keep their records. Synchronous on purpose: a change is stored before the call that made it is answered,
 * and a handler that never awaits cannot be interleaved. Values are JSON; what is read is a copy. A change that there is no space for throws
 * an FcError that is `retryable`, and nothing of it is kept.
 */
export interface RecordStore {
  /** A named set of records. The same name gives the same records. Names are `<service>.<kind>`. */
  collection<T>(name: string): RecordCollection<T>;
  /** Runs `work` so that all its writes are kept or, when it throws, none. */
  transaction<T>(work: () => T): T;
}

export interface RecordCollection<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): boolean;
  /** The records whose key starts with `prefix`, in key order. Default: all. */
  list(prefix?: string): { readonly key: string; readonly value: T }[];
}

/** Joins the parts of a record key, so that no part can run into its neighbour. */
export function recordKey(...parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join("/");
}

/** A {@link RecordStore} that lives and dies with the process. */
export function createMemoryRecordStore(): RecordStore {
  const collections = new Map<string, Map<string, string>>();
  const undo: (() => void)[][] = [];

  function collection<T>(name: string): RecordCollection<T> {
    let found = collections.get(name);
    if (found === undefined) {
      found = new Map();
      collections.set(name, found);
    }
    const records = found;
    const remember = (key: string): void => {
      const before = records.get(key);
      undo.at(-1)?.push(() => (before === undefined ? records.delete(key) : records.set(key, before)));
    };
    return {
      get: (key) => {
        const text = records.get(key);
        return text === undefined ? undefined : (JSON.parse(text) as T);
      },
      set: (key, value) => {
        remember(key);
        records.set(key, JSON.stringify(value));
      },
      delete: (key) => {
        remember(key);
        return records.delete(key);
      },
      list: (prefix = "") =>
        [...records]
          .filter(([key]) => key.startsWith(prefix))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, text]) => ({ key, value: JSON.parse(text) as T })),
    };
  }

  function transaction<T>(work: () => T): T {
    undo.push([]);
    try {
      const result = work();
      const done = undo.pop() ?? [];
      undo.at(-1)?.push(...done);
      return result;
    } catch (error) {
      for (const step of (undo.pop() ?? []).reverse()) step();
      throw error;
    }
  }

  return { collection, transaction };
}
