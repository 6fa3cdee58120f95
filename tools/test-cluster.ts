/**
 * `pnpm test:cluster`: the suite of the real cluster. Uses the cluster of KUBECONFIG when that is set, else starts the one beside
 * the repository (`../shared/cluster`, Linux and root).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
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

const kubeconfig = process.env["KUBECONFIG"] ?? startedCluster();
const outputs = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile("cluster")}`];
process.exit(await run("vitest", ["run", "--project", "cluster", ...outputs], { KUBECONFIG: kubeconfig }));
