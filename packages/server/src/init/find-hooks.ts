import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { errorText, FcError } from "@fc/core";

/** A program that sets something up once the server answers. */
export interface InitHook {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/**
 * The hooks of a folder, in the order of their names. Modules for Node.js need not be executable: volumes of ConfigMaps hold none that are.
 * @throws FcError `FC_SERVER_INIT_FAILED` when the folder cannot be read, or a file of it cannot be run
 */
export async function findHooks(folder: string): Promise<InitHook[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw failed(`FAKECLOUD_INIT_DIR=${folder} cannot be read: ${errorText(error)}`, error);
  });
  const visible = names.filter((name) => !name.startsWith(".")).sort();
  return await Promise.all(visible.map((name) => hookOf(name, resolve(folder, name))));
}

async function hookOf(name: string, path: string): Promise<InitHook> {
  if ([".js", ".mjs", ".cjs"].includes(extname(name))) return { name, command: [process.execPath, path] };
  await access(path, constants.X_OK).catch((error: unknown) => {
    const fix = "chmod +x it, or take it out of FAKECLOUD_INIT_DIR";
    throw failed(`The init hook ${path} is neither a module for Node.js nor executable: ${fix}`, error);
  });
  return { name, command: [path] };
}

function failed(message: string, cause: unknown): FcError {
  return new FcError("FC_SERVER_INIT_FAILED", message, { fault: "user", cause });
}
