import type { RecordCipher } from "./record-cipher.ts";

/** Loaded on use only: memory storage does not need it. */
export type Database = import("node:sqlite").DatabaseSync;

/** A step from one format of the file to the next. It runs in a transaction: what it throws leaves the file as it was. */
export interface Migration {
  /** What it brings, for the log and errors. */
  readonly what: string;
  readonly apply: (database: Database, cipher: RecordCipher) => void;
}

/**
 * All formats that ever were, the oldest first: `PRAGMA user_version` of a file says how many of them it has behind it. What was released
 * never changes here; what is new comes at the end. Records gain optional fields without a step; a change that older records do not fit is one.
 */
export const migrations: readonly Migration[] = [
  { what: "records by collection and key", apply: (database) => database.exec(plainRecords) },
  { what: "encrypted values", apply: sealValues },
];

/** The first format whose values are sealed. */
export const sealedSince = 2;

/** A record that tells whether a key is the file's. */
export const keyCheck = { collection: "server.storage", key: "key-check", text: '"fakecloud"' } as const;

const plainRecords = `
  CREATE TABLE records (
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (collection, key)
  ) STRICT, WITHOUT ROWID;
`;

function sealValues(database: Database, cipher: RecordCipher): void {
  database.exec(`
    ALTER TABLE records RENAME TO plain_records;
    CREATE TABLE records (
      collection TEXT NOT NULL,
      key TEXT NOT NULL,
      value BLOB NOT NULL,
      PRIMARY KEY (collection, key)
    ) STRICT, WITHOUT ROWID;
  `);
  const insert = database.prepare("INSERT INTO records (collection, key, value) VALUES (?, ?, ?)");
  const seal = (collection: string, key: string, text: string): void => {
    insert.run(collection, key, cipher.seal(collection, key, text));
  };
  for (const row of database.prepare("SELECT collection, key, value FROM plain_records").iterate())
    seal(String(row["collection"]), String(row["key"]), String(row["value"]));
  seal(keyCheck.collection, keyCheck.key, keyCheck.text);
  database.exec("DROP TABLE plain_records");
}
