import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { K8sClient, podIsReady } from "@fc/k8s";
import { startLocalCluster } from "@fc/local-cluster";
import { count, row } from "../lib/row.ts";
import { type Arena, managed } from "./contestant.ts";
import type { Figures } from "./measure.ts";
import { podThatRuns, stampAnnotation, watchEvents } from "./scenarios.ts";

const measureProgram = fileURLToPath(new URL("./measure.ts", import.meta.url));
const rounds = 3;
const writers = 8;
const podName = "bench-arena";

/** @fc/k8s beside @kubernetes/client-node's own transport, informer and Exec, on the same server in the same run. */
export async function runK8s(kubeconfig: string | undefined): Promise<void> {
  if (kubeconfig !== undefined) return await measureOn(kubeconfig);
  const dataDirectory = await mkdtemp(join(tmpdir(), "fc-bench-"));
  try {
    await using cluster = await startLocalCluster({ dataDirectory });
    await measureOn(cluster.kubeconfigPath);
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function measureOn(kubeconfig: string): Promise<void> {
  const namespace = `fc-bench-${process.pid}`;
  await using admin = await K8sClient.connect({ kubeconfig, namespace: "default" });
  await admin.core.createNamespace({ body: { metadata: { name: namespace } } });
  try {
    await using client = await K8sClient.connect({ kubeconfig, namespace, rateLimit: { perSecond: 1_000 } });
    await client.createPod(podThatRuns(podName));
    await client.waitForPod(podName, podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
    await measureAll({ kubeconfig, namespace, pod: podName }, client);
  } finally {
    await admin.core.deleteNamespace({ name: namespace });
  }
}

async function measureAll(arena: Arena, writer: K8sClient): Promise<void> {
  console.log(`${rounds} rounds; median (95th percentile) of n values\n`);
  console.log("| figure | n | @fc/k8s | client-node | ratio |\n| --- | --- | --- | --- | --- |");
  for (const scenario of ["calls", "calls in parallel"]) {
    const [own, peer] = await contest(arena, scenario, "client-node");
    row(`${scenario}, calls per second`, own["perSecond"] ?? [], peer["perSecond"] ?? [], 0);
    row(`${scenario}, ms per call`, own["ms"] ?? [], peer["ms"] ?? [], 2);
    row(`${scenario}, sockets open after`, own["sockets"] ?? [], peer["sockets"] ?? [], 0);
  }
  const [own, peer] = await contest(arena, "watch", "client-node", { during: () => writeEvents(writer) });
  row("watch, events per second of CPU", own["eventsPerCpuSecond"] ?? [], peer["eventsPerCpuSecond"] ?? [], 0);
  row("watch, ms from write to listener", own["lagMs"] ?? [], peer["lagMs"] ?? []);
  for (const scenario of ["exec", "exec, slow reader"]) {
    const [own, peer] = await contest(arena, scenario, "client-node");
    row(`${scenario} 64 MiB, MiB per second`, own["mibPerSecond"] ?? [], peer["mibPerSecond"] ?? []);
    row(`${scenario} 64 MiB, growth of memory in MiB`, own["peakMiB"] ?? [], peer["peakMiB"] ?? []);
    // A kubelet may lose output and report success (kubernetes/kubernetes#124571).
    count(`${scenario} 64 MiB, outputs that came short`, own["short"] ?? [], peer["short"] ?? []);
  }
  for (const by of ["client-node", "client-node, polling"]) {
    const [own, peer] = await contest(arena, "start", by, { after: () => clear(writer) });
    row(`Pod start, ms (${by} by hand)`, own["ms"] ?? [], peer["ms"] ?? [], 0);
  }
}

/** Both in turn, so that what slows the machine slows both. */
async function contest(
  arena: Arena,
  scenario: string,
  peer: string,
  others: { readonly during?: () => Promise<void>; readonly after?: () => Promise<void> } = {},
): Promise<[Figures, Figures]> {
  const all: [Record<string, number[]>, Record<string, number[]>] = [{}, {}];
  for (let round = 0; round < rounds; round += 1)
    for (const [side, contestant] of ["ours", peer].entries()) {
      const figures = await measure(contestant, scenario, arena, others.during);
      await others.after?.();
      const sums = all[side] ?? {};
      for (const [name, values] of Object.entries(figures)) sums[name] = [...(sums[name] ?? []), ...values];
    }
  return all;
}

async function measure(
  contestant: string,
  scenario: string,
  arena: Arena,
  act: (() => Promise<void>) | undefined,
): Promise<Figures> {
  const child = spawn(process.execPath, [measureProgram, contestant, scenario, JSON.stringify(arena)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  let acting: Promise<void> | undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (act !== undefined && text.includes("READY\n")) acting ??= act();
  });
  const [code] = await once(child, "close");
  await acting;
  if (code !== 0) throw new Error(`${contestant}, ${scenario}: ended with ${code}`);
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Figures;
}

/** Removes the Pods that were started. */
async function clear(client: K8sClient): Promise<void> {
  const started = (await client.listPods(managed)).filter(({ metadata }) => metadata?.name !== podName);
  await Promise.all(
    started.map(async ({ metadata }) => {
      const { name = "", uid = "" } = metadata ?? {};
      await client.deletePod(name, { uid });
      await client.waitForPodGone(name, uid);
    }),
  );
}

async function writeEvents(client: K8sClient): Promise<void> {
  let left = watchEvents;
  const write = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const stamp = String(performance.timeOrigin + performance.now());
      await client.patchPod(podName, { metadata: { annotations: { [stampAnnotation]: stamp } } });
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}
