/** `pnpm generate`: writes the documents and manifests that come from code. With `--check`, says which of them are out of date and writes nothing. */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { apiFiles } from "./generate/api/api-files.ts";
import { configurationPage } from "./generate/configuration-page.ts";
import { errorsPage } from "./generate/errors/errors-page.ts";
import { k8sBlocks } from "./generate/k8s-blocks.ts";
import { fillMarkdown } from "./generate/markdown-blocks.ts";
import { operationsPage } from "./generate/operations-page.ts";
import { helmRoleRules, kustomizeRole } from "./generate/role-files.ts";
import { root } from "./lib/run.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

const whole: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configurationPage,
  "docs/errors.md": () => errorsPage({ root, readFile: read }),
  "docs/operations.md": operationsPage,
  "deploy/kustomize/base/role.yaml": kustomizeRole,
  "deploy/helm/fakecloud/files/role-rules.yaml": helmRoleRules,
};

/** Pages by hand, of which parts may come from code. */
const pages = globSync(["*.md", "docs/**/*.md", "{packages,examples}/*/README.md"], { cwd: root });

const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, text] of Object.entries(whole)) put(path, text());
const faces = apiFiles();
for (const [path, text] of Object.entries(faces)) put(path, text);
for (const path of globSync("packages/*/api/*", { cwd: root })) if (!(path in faces)) remove(path);
for (const path of pages)
  if (!(path in whole)) put(path, fillMarkdown(read(path), { readFile: read, blocks: k8sBlocks }));
if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(", ")}. Run: pnpm generate`);
  process.exit(1);
}

function put(path: string, text: string): void {
  if (current(path) === text) return;
  if (check) stale.push(path);
  else {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function remove(path: string): void {
  if (check) stale.push(path);
  else rmSync(join(root, path));
}

function current(path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}
