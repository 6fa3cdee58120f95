import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeRow, FaultStage, faultRows, runFaultRow } from "@fc/k8s/fault-matrix";
import { afterAll, beforeAll, test } from "vitest";
import { type LocalCluster, startLocalCluster } from "../src/index.ts";

let directory: string;
let cluster: LocalCluster;
let stage: FaultStage;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fc-fault-matrix-"));
  cluster = await startLocalCluster({ dataDirectory: directory });
  stage = await FaultStage.open({ kubeconfig: cluster.kubeconfigPath });
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test.each(faultRows.map((row) => [describeRow(row), row] as const))("%s", async (_name, row) => {
  await runFaultRow(stage, row);
});
