import { errorText, FcError } from "@fc/core";

/** SQLite's primary result codes (sqlite.org/rescode.html) that mean something of their own here. */
export const sqliteCodes = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** Says which file, what is wrong with it and what to do. */
export function storageError(path: string, error: unknown): FcError {
  // The upper bits say where in SQLite it happened.
  const code = Number((error as { errcode?: unknown }).errcode) & 0xff;
  const options = { cause: error, details: { path } };
  if (code === sqliteCodes.busy)
    return new FcError(
      "FC_STORAGE_IN_USE",
      `${path} is used by another server: stop that one, or set another FAKECLOUD_DATA_PATH`,
      { ...options, fault: "user" },
    );
  if (code === sqliteCodes.corrupt || code === sqliteCodes.notADatabase)
    return new FcError(
      "FC_STORAGE_CORRUPT",
      `${path} is damaged, or no database of this server. Nothing was changed: put a backup in its place, or move it away to start empty`,
      { ...options, fault: "user" },
    );
  if (code === sqliteCodes.full)
    return new FcError("FC_STORAGE_FULL", `${path} cannot grow, the disk is full: the change was not made`, {
      ...options,
      retryable: true,
    });
  return new FcError("FC_STORAGE_UNAVAILABLE", `${path} cannot be read or written: ${errorText(error)}`, options);
}

/** A file whose format came later than this version: reading it could destroy what is not known here. */
export function tooNew(path: string, version: number, known: number): FcError {
  return new FcError(
    "FC_STORAGE_TOO_NEW",
    `${path} was written by a later version: its format is ${version}, this version knows ${known}. Run that version, or set another FAKECLOUD_DATA_PATH`,
    { fault: "user", details: { path, version, known } },
  );
}
