import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Package } from "../generate/api/package-entries.ts";
import { sharedScripts } from "../generate/api/packed-files.ts";
import { root } from "../lib/run.ts";

/** A package as it is published. */
export interface Tarball {
  readonly package: Package;
  readonly path: string;
  /** Its files, with the names of shared scripts as `api/files.txt` has them. */
  readonly files: readonly string[];
  readonly unpackedBytes: number;
}

/** Packs what is built. */
export function packAll(packages: readonly Package[]): readonly Tarball[] {
  const folder = join(root, ".cache", "tarballs");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync("pnpm", ["-r", "--filter", "./packages/*", "pack", "--pack-destination", folder], { cwd: root });
  return packages.map((published) => {
    const stem = published.name.replace("@", "").replace("/", "-");
    const name = readdirSync(folder).find((file) => new RegExp(`^${stem}-\\d.*\\.tgz$`).test(file)) ?? "absent";
    const path = join(folder, name);
    const listing = execFileSync("tar", ["tvzf", path], { encoding: "utf8" }).trim().split("\n");
    const rows = listing.map((line) => {
      const [, sizeBytes = "0", file = ""] = /^\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+package\/(.*)$/.exec(line) ?? [];
      return { file, sizeBytes: Number(sizeBytes) };
    });
    const files = new Set(rows.map(({ file }) => file.replace(/^dist\/[^/]*-[A-Z0-9]{8}\.js/, sharedScripts)));
    const unpackedBytes = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { package: published, path, files: [...files].sort(), unpackedBytes };
  });
}

/** How a tarball's files differ from the committed list. A package need not have scripts that entry points share. */
export function fileProblems({ package: { folder, name }, files }: Tarball, committed: readonly string[]): string[] {
  const optional = [sharedScripts, `${sharedScripts}.map`];
  const more = files.filter((file) => !committed.includes(file));
  const less = committed.filter((file) => !files.includes(file) && !optional.includes(file));
  return [
    ...more.map((file) => `${name} has ${file}, which packages/${folder}/api/files.txt has not`),
    ...less.map((file) => `${name} lacks ${file} of packages/${folder}/api/files.txt`),
  ];
}
