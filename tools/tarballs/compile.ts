import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.ts";

const options =
  "--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --verbatimModuleSyntax --target es2022 --module nodenext --types node --rootDir . --outDir built --rewriteRelativeImportExtensions";

/**
 * Compiles the files of a stranger's project and the types of every entry point, as strictly as a stranger may, into `built`. What a dependency's own
 * types lack is not ours to mend: only what is wrong in our packages or in the project is a problem.
 */
export function compile(project: string, specifiers: readonly string[]): string[] {
  const entries = specifiers.map((specifier, at) => `export * as entry${at} from "${specifier}";\n`);
  writeFileSync(join(project, "entries.ts"), entries.join(""));
  const files = readdirSync(project).filter((name) => name.endsWith(".ts"));
  const { stdout, error } = spawnSync(join(root, "node_modules/.bin/tsc"), [...options.split(" "), ...files], {
    cwd: project,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  const found = stdout.split("\n").filter((line) => /: error TS\d+: /.test(line));
  return found.filter((line) => !line.includes("node_modules/") || line.includes("node_modules/@fc/"));
}
