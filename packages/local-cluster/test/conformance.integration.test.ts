import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConformanceTarget, conformanceCases, runCase } from "@fc/k8s/conformance";
import { afterAll, beforeAll, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/index.ts";
import { clusterTarget } from "./cluster-target.ts";

let directory: string;
let cluster: LocalCluster;
let target: ConformanceTarget;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-conformance-"));
  cluster = await startLocalCluster({ dataDirectory: directory, nodes: 2 });
  target = clusterTarget(cluster);
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

for (const entry of conformanceCases) {
  const register = entry.disturbs ? test : test.concurrent;
  register(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 60_000 }, async ({ skip }) => {
    const result = await runCase(target, entry);
    if (result.outcome === "skipped") skip(result.reason);
    if (result.outcome === "failed") throw result.error;
  });
}
