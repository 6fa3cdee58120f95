import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where programs are looked for when nobody says otherwise: the usual folders of Linux and macOS. */
export const standardSearchPath: readonly string[] = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/opt/homebrew/bin",
];

/** The first executable file called `name` in `searchPath`; an absolute name is only checked. */
export function findProgram(name: string, searchPath: readonly string[] = standardSearchPath): string | undefined {
  if (name.includes("/")) return isExecutable(name) ? name : undefined;
  return searchPath.map((folder) => join(folder, name)).find(isExecutable);
}

/** A `PATH` text as a list of its absolute folders. */
export function searchPathOf(text: string): string[] {
  return text.split(delimiter).filter((folder) => folder.startsWith("/"));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
