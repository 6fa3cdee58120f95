import { randomInt } from "node:crypto";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { ContainerConfigError } from "./container-config-error.ts";
import type { VolumeFile } from "./volume-files.ts";

const dataLink = "..data";

/**
 * Makes `folder` show exactly `files`, at once: they are written into a folder of their own, and the link `..data`, through
 * which every name leads, is exchanged by a rename. Who reads sees all old files or all new ones. Nothing happens when they
 * are there already.
 */
export function writeAtomically(
  folder: string,
  files: ReadonlyMap<string, VolumeFile>,
  options: { readonly nowMs: number; readonly groupId: number | undefined },
): void {
  for (const path of files.keys()) {
    if (!isInside(folder, join(folder, path))) throw new ContainerConfigError(`path ${path} leads out of its volume`);
  }
  const before = currentData(folder);
  if (before !== undefined && holds(join(folder, before), files)) return;
  const name = `..${timeText(options.nowMs)}.${randomInt(2 ** 32)}`;
  mkdirSync(join(folder, name), { mode: 0o755 });
  for (const [path, file] of files) writeOne(join(folder, name), path, file, options.groupId);
  symlinkSync(name, join(folder, `${dataLink}_tmp`));
  renameSync(join(folder, `${dataLink}_tmp`), join(folder, dataLink));
  showNames(folder, new Set([...files.keys()].map((path) => path.split("/")[0] ?? path)));
  if (before !== undefined) rmSync(join(folder, before), { recursive: true });
}

function writeOne(folder: string, path: string, { content, mode }: VolumeFile, groupId: number | undefined): void {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileSync(target, content);
  // With an fsGroup the group may read, whatever the mode says.
  chmodSync(target, groupId === undefined ? mode : mode | 0o440);
  if (groupId !== undefined) chownSync(target, 0, groupId);
}

/** One link per first part of a path; those that lead nowhere any more go. */
function showNames(folder: string, names: ReadonlySet<string>): void {
  const shown = readdirSync(folder).filter((name) => !name.startsWith(".."));
  for (const name of shown) if (!names.has(name)) rmSync(join(folder, name));
  for (const name of names) if (!shown.includes(name)) symlinkSync(join(dataLink, name), join(folder, name));
}

function currentData(folder: string): string | undefined {
  try {
    return readlinkSync(join(folder, dataLink));
  } catch {
    return undefined;
  }
}

function holds(folder: string, files: ReadonlyMap<string, VolumeFile>): boolean {
  const present = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    lstatSync(join(folder, path)).isFile(),
  );
  return (
    present.length === files.size &&
    [...files].every(
      ([path, { content }]) => present.includes(path) && readFileSync(join(folder, path)).equals(content),
    )
  );
}

/** Whether `path` is `folder` or lies in it. A name in it may begin with two dots. */
export function isInside(folder: string, path: string): boolean {
  return !relative(folder, path).split("/").includes("..");
}

/** As the kubelet names them: `2026_11_25_23_57_00`. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, "_");
}
