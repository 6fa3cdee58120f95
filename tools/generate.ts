/** `pnpm generate`: writes the documents that come from code. With `--check`, says which of them are out of date and writes nothing. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configurationPage } from "./generate/configuration-page.ts";
import { operationsPage } from "./generate/operations-page.ts";
import { root } from "./lib/run.ts";

const pages: Readonly<Record<string, string>> = {
  "docs/configuration.md": configurationPage(),
  "docs/operations.md": operationsPage(),
};

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  if (current(file) === text) continue;
  if (check) stale.push(path);
  else writeFileSync(file, text);
}
if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}. Run: pnpm generate`);
  process.exit(1);
}

function current(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
