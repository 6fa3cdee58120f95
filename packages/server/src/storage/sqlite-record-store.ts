import type { RecordCollection, RecordStore } from "@fc/core";
import { sqliteCodes, storageError, tooNew } from "./storage-error.ts";

/** A {@link RecordStore} in a file. Closing it lets another process have the file. */
export interface SqliteRecordStore extends RecordStore, Disposable {}

/** What `PRAGMA user_version` of the file says. A file of a later version is refused: its meaning is not known here. */
const schemaVersion = 1;
const schema = `
  CREATE TABLE records (
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (collection, key)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
`;
/** Sorts after every key that starts with what stands before it. */
const lastCharacter = "\u{10FFFF}";

type Database = import("node:sqlite").DatabaseSync;

/**
 * Opens or makes the file, for this process alone. Every write is in the file's log when the call returns: a
 * process that is killed loses nothing, and a machine that loses power at most the last moments, never half a change.
 * @throws FcError `FC_STORAGE_IN_USE`, `FC_STORAGE_CORRUPT`, `FC_STORAGE_TOO_NEW`, `FC_STORAGE_FULL`, `FC_STORAGE_UNAVAILABLE`;
 * the last two from every write as well
 */
export async function openSqliteRecordStore(path: string): Promise<SqliteRecordStore> {
  // Loaded on use: memory storage does not need it, and Node 22 warns that it is experimental.
  const { DatabaseSync } = await import("node:sqlite");
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw storageError(path, error);
    }
  };
  const database = attempt(() => new DatabaseSync(path));
  try {
    const version = attempt(() => prepare(database));
    if (version > schemaVersion) throw tooNew(path, version, schemaVersion);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    collection: (name) => collectionOf(database, name, attempt),
    transaction: (work) => transactionOn(database, attempt, work),
    [Symbol.dispose]: () => database.close(),
  };
}

/** Takes the file, checks it, makes the tables of a new one, and gives the version of its format. */
function prepare(database: Database): number {
  // The lock is the process's until it ends, however it ends.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  database.exec("BEGIN EXCLUSIVE");
  const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw Object.assign(new Error(String(found)), { errcode: sqliteCodes.corrupt });
  const version = (): number => Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version() === 0) database.exec(schema);
  database.exec("COMMIT");
  return version();
}

function collectionOf<T>(database: Database, name: string, attempt: <R>(work: () => R) => R): RecordCollection<T> {
  const get = database.prepare("SELECT value FROM records WHERE collection = ? AND key = ?");
  const set = database.prepare("INSERT OR REPLACE INTO records (collection, key, value) VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM records WHERE collection = ? AND key = ?");
  const list = database.prepare(
    "SELECT key, value FROM records WHERE collection = ? AND key >= ? AND key < ? ORDER BY key",
  );
  const parse = (row: Record<string, unknown>): T => JSON.parse(String(row["value"])) as T;
  return {
    get: (key) => {
      const row = attempt(() => get.get(name, key));
      return row === undefined ? undefined : parse(row);
    },
    set: (key, value) => {
      attempt(() => set.run(name, key, JSON.stringify(value)));
    },
    delete: (key) => attempt(() => remove.run(name, key)).changes > 0,
    list: (prefix = "") =>
      attempt(() => list.all(name, prefix, prefix + lastCharacter)).map((row) => ({
        key: String(row["key"]),
        value: parse(row),
      })),
  };
}

/** Inner transactions are savepoints: they can be undone on their own. */
function transactionOn<T>(database: Database, attempt: <R>(work: () => R) => R, work: () => T): T {
  const [begin, commit, undo] = database.isTransaction
    ? [
        "SAVEPOINT inner_transaction",
        "RELEASE inner_transaction",
        "ROLLBACK TO inner_transaction; RELEASE inner_transaction",
      ]
    : ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"];
  attempt(() => database.exec(begin));
  try {
    const result = work();
    attempt(() => database.exec(commit));
    return result;
  } catch (error) {
    // A full disk ends the transaction by itself.
    if (database.isTransaction) attempt(() => database.exec(undo));
    throw error;
  }
}
