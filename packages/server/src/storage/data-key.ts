import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FcError, writeDurably } from "@fc/core";
import { storageError } from "./storage-error.ts";
import { syncFolder } from "./sync-folder.ts";

const keyBytes = 32;
/** What `openssl rand -base64 32` writes. */
export const dataKeyForm: RegExp = /^[A-Za-z0-9+/]{43}=$/;

export interface DataKeySource {
  /** The database; the key's file is beside it. */
  readonly path: string;
  /** FAKECLOUD_DATA_KEY. Undefined: the key is in the file. */
  readonly setting: string | undefined;
  /** Whether nothing is sealed yet: then a key may be made. */
  readonly mayMake: boolean;
}

/** The key of the records: of the setting, else of the file `data.key` (mode 0600), which is made with the database. */
export async function dataKey({ path, setting, mayMake }: DataKeySource): Promise<Uint8Array> {
  if (setting !== undefined) return Buffer.from(setting, "base64");
  const file = join(dirname(path), "data.key");
  const text = await contentOf(file);
  if (text === undefined) {
    if (!mayMake) throw keyMissing(path, file);
    return await makeKey(file);
  }
  if (!dataKeyForm.test(text)) throw keyWrong(path, `${file} holds no key: expected 32 bytes in base64`);
  return Buffer.from(text, "base64");
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw storageError(file, error);
  }
}

/** It is on the disk before the first record that needs it. */
async function makeKey(file: string): Promise<Uint8Array> {
  const key = randomBytes(keyBytes);
  try {
    const folder = dirname(file);
    await writeDurably(folder, [Buffer.from(`${key.toString("base64")}\n`)], { pathOf: () => file, overwrite: false });
    await syncFolder(folder);
  } catch (error) {
    throw storageError(file, error);
  }
  return key;
}

function keyMissing(path: string, file: string): FcError {
  return new FcError(
    "FC_STORAGE_KEY_MISSING",
    `${path} is encrypted and its key is gone: there is no ${file}. Put the file back, or set FAKECLOUD_DATA_KEY to what was in it. Without the key the records cannot be read: move the folder away to start empty`,
    { fault: "user", details: { path, file } },
  );
}

/** @param what was found */
export function keyWrong(path: string, what: string): FcError {
  return new FcError(
    "FC_STORAGE_KEY_WRONG",
    `${path} cannot be read: ${what}. Nothing was changed: put the data.key of this folder back, or set FAKECLOUD_DATA_KEY to the key that it was made with`,
    { fault: "user", details: { path } },
  );
}
