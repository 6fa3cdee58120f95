/**
 * `node tools/tarballs.ts`: packs what is built and uses it as strangers do, outside the repository: the files that are committed as the tarball's,
 * the types of every entry point and of the snippets of every README; that entry points and the first snippets run, on the oldest Node.js that is
 * supported and on this one; and what each README says of size and import time. `--write` corrects those sentences.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages } from "./generate/api/package-entries.ts";
import { root } from "./lib/run.ts";
import { compile } from "./tarballs/compile.ts";
import { fileProblems, packAll } from "./tarballs/pack.ts";
import { sizeProblem, withSizeLine } from "./tarballs/size-line.ts";
import { firstSnippet, laterSnippets } from "./tarballs/snippets.ts";
import { strangerProject } from "./tarballs/stranger-project.ts";

const write = process.argv.includes("--write");
const nodes = { oldest: join(root, "tools/oldest-node/node_modules/.bin/node"), current: process.execPath };
/** What snippets import beside the packages. */
const beside = [
  "examples/lambda-pod/src/greeter.ts",
  "examples/embed-elasticache-k8s/src/cache-spec.ts",
  "packages/lambda/src/model.generated.ts",
];

/** Their snippets serve for ever: they are only compiled. */
const endless = ["aws"];

const packages = publishedPackages();
const tried = packages.filter(({ folder }) => !endless.includes(folder));
const tarballs = packAll(packages);
const problems: string[] = [];
const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8");
for (const tarball of tarballs)
  problems.push(
    ...fileProblems(tarball, read("packages", tarball.package.folder, "api/files.txt").trimEnd().split("\n")),
  );

const sdk = /"@aws-sdk\/client-lambda": (\S+)/.exec(read("pnpm-workspace.yaml"))?.[1] ?? "*";
const nodeTypes = /"@types\/node": (\S+)/.exec(read("pnpm-workspace.yaml"))?.[1] ?? "*";
const project = strangerProject(tarballs, { "@aws-sdk/client-lambda": sdk, "@types/node": nodeTypes });
try {
  for (const { folder } of packages) {
    const readme = read("packages", folder, "README.md");
    const snippets = [firstSnippet(readme), ...laterSnippets(folder, readme)];
    for (const [at, text] of snippets.entries())
      writeFileSync(join(project, `${folder}${at === 0 ? "" : `-${at}`}.ts`), text);
  }
  for (const path of beside) copyFileSync(join(root, path), join(project, path.slice(path.lastIndexOf("/") + 1)));
  const specifiers = packages.flatMap(({ entries }) => entries.map(({ specifier }) => specifier));
  problems.push(...compile(project, specifiers));
  writeFileSync(join(project, "use.mjs"), readFileSync(join(import.meta.dirname, "tarballs/use.mjs")));
  for (const [label, node] of Object.entries(nodes)) {
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const started = performance.now();
    const task = { specifiers, snippets: tried.map(({ folder }) => `./built/${folder}.js`) };
    const output = execFileSync(node, ["use.mjs", JSON.stringify(task)], {
      cwd: project,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    const found = JSON.parse(output.trim().split("\n").at(-1) ?? "[]") as string[];
    problems.push(...found.map((problem) => `Node.js ${version}: ${problem}`));
    console.log(
      `${label}: Node.js ${version}, ${specifiers.length} entry points, ${task.snippets.length} snippets, ${((performance.now() - started) / 1_000).toFixed(1)} s`,
    );
  }
  for (const {
    package: { name, folder },
    unpackedBytes,
  } of tarballs) {
    const cost = { unpackedBytes, importMs: importMs(name) };
    const path = join(root, "packages", folder, "README.md");
    const readme = readFileSync(path, "utf8");
    const problem = sizeProblem(readme, cost);
    if (write) writeFileSync(path, withSizeLine(readme, cost));
    else if (problem !== undefined) problems.push(`${name}: ${problem}; run: node tools/tarballs.ts --write`);
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The least of three times. */
function importMs(specifier: string): number {
  const code = `const from = process.cpuUsage(); await import(${JSON.stringify(specifier)}); const { user, system } = process.cpuUsage(from); console.log((user + system) / 1000);`;
  const times = [1, 2, 3].map(() =>
    Number(execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: project, encoding: "utf8" })),
  );
  return Math.min(...times);
}
