import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findProgram } from "../node/isolation/host-tools.ts";

/** Busybox takes other options than the programs of these names that machines have. */
const peculiar = new Set(["nc", "wget"]);

/**
 * Scripts for the programs that an image of busybox has and this machine lacks, by name; none when the machine has no busybox.
 */
export async function busyboxApplets(searchPath: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const busybox = findProgram("busybox", searchPath);
  if (busybox === undefined) return {};
  const { stdout } = await promisify(execFile)(busybox, ["--list"]);
  const lacking = stdout
    .split("\n")
    .filter((name) => name !== "" && (peculiar.has(name) || findProgram(name, searchPath) === undefined));
  return Object.fromEntries(lacking.map((name) => [name, `#!/bin/sh\nexec ${busybox} ${name} "$@"\n`]));
}
