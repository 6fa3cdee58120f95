import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { K8sClient } from "@fc/k8s";
import { startLocalCluster } from "@fc/local-cluster";
import { expect, onTestFinished, test } from "vitest";

test("a function runs in a Pod, and nothing is left of it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fc-lambda-pod-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await using cluster = await startLocalCluster({ dataDirectory: directory });
  const script = join(import.meta.dirname, "..", "src", "run-function.ts");
  const env = { PATH: process.env["PATH"], KUBECONFIG: cluster.kubeconfigPath, HOST_FOR_PODS: cluster.hostAddress };
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@fc/source", script], { env });
  expect(stdout.trim()).toMatch(/^success \{"text":"hello, you"\} .*\tgreeter greets you$/);
  await using client = await K8sClient.connect({ kubeconfig: cluster.kubeconfigPath });
  expect(await client.listPods("")).toEqual([]);
});
