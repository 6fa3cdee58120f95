import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tarball } from "./pack.ts";

/**
 * A project outside the repository that has the tarballs installed, and `extra` from the registry. Nothing is hoisted: a package finds what it
 * declares, and nothing else.
 */
export function strangerProject(tarballs: readonly Tarball[], extra: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "fc-stranger-"));
  const files = Object.fromEntries(tarballs.map((tarball) => [tarball.package.name, `file:${tarball.path}`]));
  const manifest = { name: "stranger", private: true, type: "module", dependencies: { ...files, ...extra } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, pnpm: { overrides: files } }, null, 2));
  execFileSync("pnpm", ["install", "--prefer-offline", "--ignore-workspace", "--config.hoist=false", "--silent"], {
    cwd: folder,
    stdio: "inherit",
  });
  return folder;
}
