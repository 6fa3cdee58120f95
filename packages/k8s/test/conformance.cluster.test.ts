import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, test } from "vitest";
import { type ClusterAbilities, type ConformanceTarget, conformanceCases, runCase } from "../src/conformance/index.ts";
import { K8sClient } from "../src/index.ts";
import { FcCluster } from "./fc-cluster.ts";

const kubeconfig = process.env["KUBECONFIG"] ?? "";

const target: ConformanceTarget = {
  kubeconfig,
  abilities: { accessControl: true, podNetwork: true, ...(await nodes()), ...(await processes()) },
  absent: {
    evict: "only the cluster of this machine is known to have a kubelet that measures what Pods write",
    withoutApi: "only the API server of this machine's own cluster may be stopped",
    withSlowStore: "only the store of this machine's own cluster may be slowed down",
    secondNode: "the cluster has one node",
  },
};

async function nodes(): Promise<Partial<ClusterAbilities>> {
  await using client = await K8sClient.connect({ kubeconfig, namespace: "default" });
  const [, second] = (await client.core.listNode()).items;
  return second?.metadata?.name === undefined ? {} : { secondNode: second.metadata.name };
}

function processes(): Partial<ClusterAbilities> {
  const cluster = FcCluster.of(kubeconfig, process.env);
  if (cluster === undefined) return {};
  return { withoutApi: cluster.withoutApi, withSlowStore: cluster.withSlowStore, evict };
}

/** Has the Pod write more than it may: the kubelet measures that and evicts. */
async function evict(pod: V1Pod): Promise<void> {
  await using client = await K8sClient.connect({ kubeconfig, namespace: pod.metadata?.namespace ?? "" });
  await client.exec(pod, "main", ["sh", "-c", "head -c 8000000 /dev/zero >/tmp/much"]);
}

// What comes after these tests finds a cluster that works.
afterAll(() => FcCluster.of(kubeconfig, process.env)?.settled());

for (const entry of conformanceCases) {
  const register = entry.disturbs ? test : test.concurrent;
  register(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 60_000 }, async ({ skip }) => {
    const result = await runCase(target, entry);
    if (result.outcome === "skipped") skip(result.reason);
    if (result.outcome === "failed") throw result.error;
  });
}
