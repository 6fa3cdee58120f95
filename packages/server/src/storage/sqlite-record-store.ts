import { type Clock, type Logger, type RecordCollection, type RecordStore, silentLogger, systemClock } from "@fc/core";
import { dataKey, keyWrong } from "./data-key.ts";
import { migrate } from "./migrate.ts";
import { migrations as allMigrations, type Database, keyCheck, type Migration, sealedSince } from "./migrations.ts";
import { RecordCipher } from "./record-cipher.ts";
import { damagedRecord, sqliteCodes, storageError, tooNew } from "./storage-error.ts";

/** A {@link RecordStore} in a file. Closing it lets another process have the file. */
export interface SqliteRecordStore extends RecordStore, Disposable {}

export interface SqliteOptions {
  /** FAKECLOUD_DATA_KEY: 32 bytes in base64. Default: what is in `data.key` beside the file, made when the file is. */
  readonly dataKey?: string | undefined;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Default: all that there are. */
  readonly migrations?: readonly Migration[];
}

/** Sorts after every key that starts with what stands before it. */
const lastCharacter = "\u{10FFFF}";

/** A file that is open, with what reads and writes it. */
interface File {
  readonly path: string;
  readonly database: Database;
  readonly cipher: RecordCipher;
}

/**
 * Opens or makes the file, for this process alone, and brings one of an older format to the newest. Every write is in the file's log when
 * the call returns: a process that is killed loses nothing, and a machine that loses power at most the last moments, never half a change.
 * @throws FcError `FC_STORAGE_IN_USE`, `FC_STORAGE_CORRUPT`, `FC_STORAGE_TOO_NEW`, `FC_STORAGE_MIGRATION_FAILED`, `FC_STORAGE_KEY_MISSING`,
 * `FC_STORAGE_KEY_WRONG`, `FC_STORAGE_FULL`, `FC_STORAGE_UNAVAILABLE`; the last two and `FC_STORAGE_CORRUPT` from reads and writes as well
 */
export async function openSqliteRecordStore(path: string, options: SqliteOptions = {}): Promise<SqliteRecordStore> {
  // Loaded on use: memory storage does not need it, and Node 22 warns that it is experimental.
  const { DatabaseSync } = await import("node:sqlite");
  const database = attempt(path, () => new DatabaseSync(path));
  try {
    const file = await prepare(path, database, options);
    return {
      collection: (name) => collectionOf(file, name),
      transaction: (work) => transactionOn(file, work),
      [Symbol.dispose]: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageError(path, error);
  }
}

async function prepare(path: string, database: Database, options: SqliteOptions): Promise<File> {
  const { migrations = allMigrations, clock = systemClock, logger = silentLogger } = options;
  const version = attempt(path, () => take(database));
  if (version > migrations.length) throw tooNew(path, version, migrations.length);
  const isSealed = version >= sealedSince;
  const key = await dataKey({ path, setting: options.dataKey, mayMake: !isSealed });
  const file: File = { path, database, cipher: new RecordCipher(key) };
  if (isSealed) checkKey(file, options.dataKey === undefined ? "what data.key holds" : "FAKECLOUD_DATA_KEY");
  if (version < migrations.length) await migrate({ ...file, version, migrations, clock, logger });
  checkRecords(file);
  return file;
}

/** Takes the file, checks it, and gives the version of its format. */
function take(database: Database): number {
  // The lock is the process's until it ends, however it ends.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  database.exec("BEGIN EXCLUSIVE");
  const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw Object.assign(new Error(String(found)), { errcode: sqliteCodes.corrupt });
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  database.exec("COMMIT");
  return version;
}

function checkKey({ path, database, cipher }: File, from: string): void {
  const { collection, key, text } = keyCheck;
  const row = attempt(path, () =>
    database.prepare("SELECT value FROM records WHERE collection = ? AND key = ?").get(collection, key),
  );
  if (row === undefined || cipher.open(collection, key, row["value"] as Uint8Array) !== text)
    throw keyWrong(path, `${from} is not the key that it was written with`);
}

/** What is damaged stops the start, before anything is built on it. */
function checkRecords({ path, database, cipher }: File): void {
  attempt(path, () => {
    for (const row of database.prepare("SELECT collection, key, value FROM records").iterate()) {
      const [collection, key] = [String(row["collection"]), String(row["key"])];
      if (cipher.open(collection, key, row["value"] as Uint8Array) === undefined)
        throw damagedRecord(path, collection, key);
    }
  });
}

function collectionOf<T>({ path, database, cipher }: File, name: string): RecordCollection<T> {
  const get = database.prepare("SELECT value FROM records WHERE collection = ? AND key = ?");
  const set = database.prepare("INSERT OR REPLACE INTO records (collection, key, value) VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM records WHERE collection = ? AND key = ?");
  const list = database.prepare(
    "SELECT key, value FROM records WHERE collection = ? AND key >= ? AND key < ? ORDER BY key",
  );
  const parse = (key: string, row: Record<string, unknown>): T => {
    const text = cipher.open(name, key, row["value"] as Uint8Array);
    if (text === undefined) throw damagedRecord(path, name, key);
    return JSON.parse(text) as T;
  };
  return {
    get: (key) => {
      const row = attempt(path, () => get.get(name, key));
      return row === undefined ? undefined : parse(key, row);
    },
    set: (key, value) => {
      attempt(path, () => set.run(name, key, cipher.seal(name, key, JSON.stringify(value))));
    },
    delete: (key) => attempt(path, () => remove.run(name, key)).changes > 0,
    list: (prefix = "") =>
      attempt(path, () => list.all(name, prefix, prefix + lastCharacter)).map((row) => {
        const key = String(row["key"]);
        return { key, value: parse(key, row) };
      }),
  };
}

/** Inner transactions are savepoints: they can be undone on their own. */
function transactionOn<T>({ path, database }: File, work: () => T): T {
  const [begin, commit, undo] = database.isTransaction
    ? [
        "SAVEPOINT inner_transaction",
        "RELEASE inner_transaction",
        "ROLLBACK TO inner_transaction; RELEASE inner_transaction",
      ]
    : ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"];
  attempt(path, () => database.exec(begin));
  try {
    const result = work();
    attempt(path, () => database.exec(commit));
    return result;
  } catch (error) {
    // A full disk ends the transaction by itself.
    if (database.isTransaction) attempt(path, () => database.exec(undo));
    throw error;
  }
}
