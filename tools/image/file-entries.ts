import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { TarEntry } from "./tar.ts";

/**
 * Everything below a folder as entries below `target`. Modes become 755 and 644, whatever the umask was: only whether a file is executable is
 * kept.
 */
export function fileEntries(folder: string, target: string): TarEntry[] {
  return readdirSync(folder).flatMap((name): TarEntry[] => {
    const source = join(folder, name);
    const path = target === "" ? name : `${target}/${name}`;
    const status = lstatSync(source);
    if (status.isSymbolicLink())
      return [{ path, mode: 0o777, content: { type: "link", target: readlinkSync(source) } }];
    if (status.isDirectory()) return [folderEntry(path), ...fileEntries(source, path)];
    const mode = (status.mode & 0o111) === 0 ? 0o644 : 0o755;
    return [{ path, mode, content: { type: "file", read: () => readFileSync(source) } }];
  });
}

export function folderEntry(path: string, mode = 0o755, uid = 0): TarEntry {
  return { path, mode, uid, content: { type: "folder" } };
}

export function textEntry(path: string, text: string): TarEntry {
  return { path, mode: 0o644, content: { type: "file", read: () => Buffer.from(text) } };
}
