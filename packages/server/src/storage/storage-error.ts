import { errorText, FcError } from "@fc/core";

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something of their own here. */
export const sqliteCodes = { busy: 5, readOnly: 8, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** The upper bits of SQLite's code say where in SQLite it happened. */
function sqliteCode(error: unknown): number {
  return Number((error as { errcode?: unknown }).errcode) & 0xff;
}

function systemCode(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

/** No space, a quota that is used up, or a limit of the process. */
export function isDiskFull(error: unknown): boolean {
  return sqliteCode(error) === sqliteCodes.full || ["ENOSPC", "EDQUOT", "EFBIG"].includes(systemCode(error));
}

function isReadOnly(error: unknown): boolean {
  return sqliteCode(error) === sqliteCodes.readOnly || ["EACCES", "EPERM", "EROFS"].includes(systemCode(error));
}

/** Says which file, what is wrong with it and what to do. An error that says it already is left as it is. */
export function storageError(path: string, error: unknown): FcError {
  if (FcError.isInstance(error)) return error;
  const code = sqliteCode(error);
  const options = { cause: error, details: { path } };
  const ofUser = { ...options, fault: "user" } as const;
  if (code === sqliteCodes.busy)
    return new FcError(
      "FC_STORAGE_IN_USE",
      `${path} is used by another server: stop that one, or set another FAKECLOUD_DATA_PATH`,
      ofUser,
    );
  if (code === sqliteCodes.corrupt || code === sqliteCodes.notADatabase)
    return new FcError(
      "FC_STORAGE_CORRUPT",
      `${path} is damaged, or no database of this server. Nothing was changed: put a backup in its place, or move it away to start empty`,
      ofUser,
    );
  if (isDiskFull(error))
    return new FcError(
      "FC_STORAGE_FULL",
      `${path} cannot grow, the disk is full: the change was not made. Free space`,
      {
        ...options,
        retryable: true,
      },
    );
  const cannot = `${path} cannot be read or written: ${errorText(error)}`;
  if (isReadOnly(error))
    return new FcError(
      "FC_STORAGE_UNAVAILABLE",
      `${cannot}. Let the user that runs the server (${process.getuid?.() ?? "this one"}) write there, or set another FAKECLOUD_DATA_PATH`,
      ofUser,
    );
  return new FcError("FC_STORAGE_UNAVAILABLE", cannot, options);
}

/** A record whose bytes are not what was written. */
export function damagedRecord(path: string, collection: string, key: string): FcError {
  return new FcError(
    "FC_STORAGE_CORRUPT",
    `${path} is damaged: the record ${key} of ${collection} is not what was written. Put a backup in its place, or move it away to start empty`,
    { fault: "user", details: { path, collection, key } },
  );
}

/** A file whose format came later than this version: reading it could destroy what is not known here. */
export function tooNew(path: string, version: number, known: number): FcError {
  return new FcError(
    "FC_STORAGE_TOO_NEW",
    `${path} was written by a later version: its format is ${version}, this version knows ${known}. Run that version, put a backup of the folder backups/ in its place, or set another FAKECLOUD_DATA_PATH`,
    { fault: "user", details: { path, version, known } },
  );
}
