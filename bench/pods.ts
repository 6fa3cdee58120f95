import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K8sClient, labels, managedByValue } from "@fc/k8s";
import { type LocalCluster, startLocalCluster } from "@fc/local-cluster";
import { percentile } from "./lib/load.ts";

const oneByOne = 50;
const atOnce = 100;
const script = "echo up; exec sleep 1000";

/** How long a Pod of the embedded cluster takes to be Running, beside its program started without a cluster. */
export async function runPods(): Promise<void> {
  console.log("create to Running (seen by a watch), beside spawn to the first byte of the same program, ms\n");
  console.log("| isolation | n | Pod p50 (p95) | bare p50 (p95) | difference p50 | ratio p50 |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const isolation of ["auto", "plain"] as const) {
    const dataDirectory = await mkdtemp(join(tmpdir(), "fc-bench-"));
    try {
      await using cluster = await startLocalCluster({ dataDirectory, isolation });
      await measure(cluster);
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  }
}

async function measure(cluster: LocalCluster): Promise<void> {
  const kubeconfig = cluster.kubeconfigPath;
  await using client = await K8sClient.connect({ kubeconfig, namespace: "default", rateLimit: { perSecond: 10_000 } });
  // Keeps the client's watch open between the measurements.
  const stopWatching = client.onPodChange(() => undefined);
  const pods: number[] = [];
  const bare: number[] = [];
  // In turn, so that a busy moment of the machine falls on both.
  for (let round = 0; round < oneByOne; round += 1) {
    bare.push(await bareStart());
    pods.push(await timeToRunning(client, `one-${round}`));
    await gone(client, `one-${round}`);
  }
  report(`${cluster.isolation.level}, one by one`, pods, bare);
  const names = Array.from({ length: atOnce }, (_, index) => `many-${index}`);
  const bareTogether = await Promise.all(names.map(() => bareStart()));
  const together = await Promise.all(names.map((name) => timeToRunning(client, name)));
  report(`${cluster.isolation.level}, ${atOnce} at once`, together, bareTogether);
  stopWatching();
  const begun = performance.now();
  await Promise.all(names.map((name) => gone(client, name)));
  console.log(`\n${atOnce} Pods deleted and gone after ${(performance.now() - begun).toFixed(0)} ms\n`);
}

function report(name: string, pods: readonly number[], bare: readonly number[]): void {
  const [podMs, bareMs] = [percentile(pods, 0.5), percentile(bare, 0.5)];
  const cell = (values: readonly number[]): string =>
    `${percentile(values, 0.5).toFixed(1)} (${percentile(values, 0.95).toFixed(1)})`;
  const compared = `${(podMs - bareMs).toFixed(1)} | ${(podMs / bareMs).toFixed(1)}`;
  console.log(`| ${name} | ${pods.length} | ${cell(pods)} | ${cell(bare)} | ${compared} |`);
}

async function bareStart(): Promise<number> {
  const begun = performance.now();
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const took = performance.now() - begun;
  child.kill("SIGKILL");
  await once(child, "close");
  return took;
}

async function timeToRunning(client: K8sClient, name: string): Promise<number> {
  const begun = performance.now();
  const container = { name: "main", image: "busybox:1.36", command: ["sh", "-c", script] };
  // Managed: the client's one watch sees it, instead of a watch of its own per Pod.
  const managed = { [labels.managedBy]: managedByValue };
  await client.createPod({
    metadata: { name, labels: managed },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  });
  const isRunning = { timeoutMs: 60_000, what: "to be Running" };
  await client.waitForPod(name, (pod) => pod.status?.phase === "Running", isRunning);
  return performance.now() - begun;
}

async function gone(client: K8sClient, name: string): Promise<void> {
  await client.deletePod(name);
}
