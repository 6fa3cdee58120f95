/**
 * `pnpm test`: everything that needs no real cluster, in the order of what it costs. Goes on after a failed step, so that one
 * run shows all there is to mend. `--only a,b` runs some of the steps, `--except a,b` the others.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { ensureEngines } from "./lib/ensure-engines.ts";
import { run } from "./lib/run.ts";
import { resultFile } from "./lib/test-results.ts";

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

function vitest(project: string, options: readonly string[] = []): Step {
  const outputs = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile(project)}`];
  return { name: project, command: ["vitest", "run", "--project", project, ...options, ...outputs] };
}

/** These tests wait for processes and sockets about as much as they compute: with one for each of two cores the machine idles. */
const waiting = [`--maxWorkers=${Math.max(4, availableParallelism() - 1)}`];

const steps: readonly Step[] = [
  { name: "lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "layers", command: ["turbo", "boundaries"] },
  { name: "generated", command: ["node", "--conditions=@fc/source", "tools/generate.ts", "--check"] },
  { name: "types", command: ["turbo", "run", "typecheck", "--output-logs=errors-only"] },
  { name: "build", command: ["turbo", "run", "build", "--output-logs=errors-only"] },
  { name: "packages", command: ["turbo", "run", "check:package", "--output-logs=errors-only"] },
  { name: "tarballs", command: ["node", "tools/tarballs.ts"] },
  { name: "unused", command: ["knip"] },
  vitest("unit"),
  vitest("integration", waiting),
  vitest("e2e", ["--maxWorkers=2"]),
];

const { values } = parseArgs({ options: { only: { type: "string" }, except: { type: "string" } } });
const only = values.only?.split(",");
const except = values.except?.split(",");
const chosen = steps.filter(({ name }) => (only?.includes(name) ?? true) && !except?.includes(name));
ensureEngines();
const failed: string[] = [];
for (const { name, command } of chosen) {
  const started = performance.now();
  const [program, ...args] = command;
  const code = await run(program, args);
  console.log(`${code === 0 ? "ok" : "FAILED"}  ${name}  ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exit(1);
}
