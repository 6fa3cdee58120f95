/**
 * `pnpm test:cluster`: the suite of the real cluster. Uses the cluster of KUBECONFIG when that is set, else starts the one beside
 * the repository (`../shared/cluster`, Linux and root). First the files that leave the cluster alone, side by side; then, one at a
 * time, those that take its API server away; at last those of a second node, which the cluster beside the repository gets for them.
 * `--only outage,nodes` runs some of the three.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FcCluster } from "@fc-repo/development-cluster";
import { root, run } from "./lib/run.ts";
import { resultFile } from "./lib/test-results.ts";

function startedCluster(): string {
  const cluster = join(root, "..", "shared", "cluster");
  if (!existsSync(join(cluster, "up"))) {
    console.error("Set KUBECONFIG to a cluster for tests: there is none beside the repository.");
    process.exit(2);
  }
  const up = spawnSync(join(cluster, "up"), { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  if (up.status !== 0) process.exit(up.status ?? 1);
  const images = spawnSync(join(cluster, "images"), { stdio: ["ignore", "inherit", "inherit"] });
  if (images.status !== 0) process.exit(images.status ?? 1);
  return up.stdout.trim();
}

function vitest(project: string): Promise<number> {
  const outputs = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile(project)}`];
  return run("vitest", ["run", "--project", project, ...outputs], { KUBECONFIG: kubeconfig });
}

async function withSecondNode(): Promise<number> {
  const started = performance.now();
  const second = await cluster?.addNode();
  if (second !== undefined) console.log(`${second} added in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  const code = await vitest("nodes");
  if (second !== undefined) await cluster?.removeNode();
  return code;
}

const { values } = parseArgs({ options: { only: { type: "string" } } });
const only = values.only?.split(",");
const projects = ["cluster", "outage", "nodes"].filter((name) => only?.includes(name) ?? true);
const kubeconfig = process.env["KUBECONFIG"] ?? startedCluster();
const cluster = FcCluster.of(kubeconfig, process.env);
const codes: number[] = [];
for (const project of projects) codes.push(project === "nodes" ? await withSecondNode() : await vitest(project));
process.exit(codes.find((code) => code !== 0) ?? 0);
