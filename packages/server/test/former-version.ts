import { DatabaseSync } from "node:sqlite";

/** What version 1 of the format was, with two records. */
export function writeFormerVersion(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE records (
      collection TEXT NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (collection, key)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO records VALUES ('a.b', 'one', '{"secret":"plain-text-of-one"}'), ('c.d', 'two', '[2]');
    PRAGMA user_version = 1;
  `);
  database.close();
}
