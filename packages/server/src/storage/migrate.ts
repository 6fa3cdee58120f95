import { rm } from "node:fs/promises";
import { type Clock, FcError, type Logger } from "@fc/core";
import { pruneBackups, writeBackup } from "./backups.ts";
import type { Database, Migration } from "./migrations.ts";
import type { RecordCipher } from "./record-cipher.ts";
import { isDiskFull, storageError } from "./storage-error.ts";

export interface MigrateOptions {
  readonly database: Database;
  readonly path: string;
  /** The format of the file. 0: it is new. */
  readonly version: number;
  readonly migrations: readonly Migration[];
  readonly cipher: RecordCipher;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Brings a file that this process has for itself to the newest format, in one transaction, with a backup written first.
 * @throws FcError `FC_STORAGE_MIGRATION_FAILED`, `FC_STORAGE_FULL`: the file is as it was then; and what {@link storageError} says
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { database, path, version, migrations, logger } = options;
  const to = migrations.length;
  const backup = version === 0 ? undefined : await backupOf(options);
  try {
    // What is rewritten must not stay readable in pages that are free now.
    database.exec("PRAGMA secure_delete = ON; BEGIN EXCLUSIVE");
    for (const [index, migration] of migrations.slice(version).entries()) apply(options, version + index, migration);
    database.exec(`PRAGMA user_version = ${to}; COMMIT; PRAGMA secure_delete = OFF`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    // The file itself is what the backup has: tries that fail must not drive out older generations.
    if (backup !== undefined) await rm(backup, { force: true });
    throw storageError(path, error);
  }
  if (backup === undefined) return;
  try {
    // Nor in the log.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    await pruneBackups(path);
  } catch (error) {
    throw storageError(path, error);
  }
  logger.info({ path, from: version, to, backup }, "the storage has a newer format now; a backup has it as it was");
}

async function backupOf({ database, path, version, clock }: MigrateOptions): Promise<string> {
  try {
    return await writeBackup(database, path, version, clock.now());
  } catch (error) {
    if (isDiskFull(error))
      throw new FcError(
        "FC_STORAGE_FULL",
        `${path} must be brought to a newer format, and the disk is too full for the backup that comes first. Nothing was changed: free twice the size of the file`,
        { cause: error, details: { path } },
      );
    throw storageError(path, error);
  }
}

function apply({ database, cipher, path }: MigrateOptions, from: number, { what, apply: run }: Migration): void {
  try {
    run(database, cipher);
  } catch (error) {
    if (isDiskFull(error)) throw storageError(path, error);
    throw new FcError(
      "FC_STORAGE_MIGRATION_FAILED",
      `${path} cannot be brought from format ${from} to ${from + 1} (${what}). It is as it was: run the version that wrote it, and report this`,
      { cause: error, details: { path, from, to: from + 1 } },
    );
  }
}
