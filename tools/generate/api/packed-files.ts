import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../lib/run.ts";
import type { Package } from "./package-entries.ts";

/** What stands for scripts that entry points share: their names have a hash of their content. */
export const sharedScripts = "dist/*-<hash>.js";

const always = ["package.json", "README.md", "LICENSE", "CHANGELOG.md"];

/** Files of a package's tarball, as its manifest and its sources make them: `pnpm test` compares them with the tarball itself. */
export function packedFiles({ folder, manifest, entries }: Package, declarations: Iterable<string>): readonly string[] {
  const at = join(root, "packages", folder);
  // A file below bin/ loads the script of its command.
  const commands = manifest["bin"] === undefined ? [] : ["dist/main.js"];
  const scripts = [...entries.map(({ script }) => script), ...commands];
  const files = new Set([
    ...always.filter((name) => statSync(join(at, name), { throwIfNoEntry: false }) !== undefined),
    ...[...scripts, sharedScripts].flatMap((script) => [script, `${script}.map`]),
  ]);
  for (const file of declarations)
    if (file.startsWith(`${folder}/src/`)) files.add(file.replace(`${folder}/src/`, "dist/").replace(/\.ts$/, ".d.ts"));
  for (const listed of (manifest["files"] as readonly string[]).filter((name) => name !== "dist"))
    for (const path of globSync([listed, `${listed}/**`], { cwd: at }))
      if (statSync(join(at, path)).isFile()) files.add(path);
  return [...files].sort();
}
