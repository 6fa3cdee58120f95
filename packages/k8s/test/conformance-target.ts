import { FcCluster } from "@fc-repo/development-cluster";
import type { V1Pod } from "@kubernetes/client-node";
import type { test } from "vitest";
import {
  type ClusterAbilities,
  type ConformanceCase,
  type ConformanceTarget,
  runCase,
} from "../src/conformance/index.ts";
import { K8sClient } from "../src/index.ts";

const kubeconfig = process.env["KUBECONFIG"] ?? "";

/** The cluster of KUBECONFIG, with what can be done to it from here. */
export async function conformanceTarget(): Promise<ConformanceTarget> {
  return {
    kubeconfig,
    abilities: { accessControl: true, podNetwork: true, ...(await nodes()), ...processes() },
    absent: {
      evict: "only the cluster of this machine is known to have a kubelet that measures what Pods write",
      withoutApi: "only the API server of this machine's own cluster may be stopped",
      withSlowStore: "only the store of this machine's own cluster may be slowed down",
      secondNode: "the cluster has one node",
    },
  };
}

/** Registers a case with the test runner. */
export function conformanceTest(
  register: typeof test.concurrent,
  target: ConformanceTarget,
  entry: ConformanceCase,
): void {
  register(`${entry.group}: ${entry.name}`, { timeout: entry.timeoutMs + 60_000 }, async ({ skip }) => {
    const result = await runCase(target, entry);
    if (result.outcome === "skipped") skip(result.reason);
    if (result.outcome === "failed") throw result.error;
  });
}

async function nodes(): Promise<Partial<ClusterAbilities>> {
  await using client = await K8sClient.connect({ kubeconfig, namespace: "default" });
  const [, second] = (await client.core.listNode()).items;
  return second?.metadata?.name === undefined ? {} : { secondNode: second.metadata.name };
}

function processes(): Partial<ClusterAbilities> {
  const cluster = FcCluster.of(kubeconfig, process.env);
  if (cluster === undefined) return {};
  return { withoutApi: withoutApi(cluster), withSlowStore: cluster.withSlowStore, evict };
}

/** Takes the API server away, and waits until a kubelet is back at it too: cases ask whether Pods go when they end. */
function withoutApi(cluster: FcCluster): ClusterAbilities["withoutApi"] {
  return async (work) => {
    await cluster.withoutApi(work);
    await cluster.podsRun();
  };
}

/** Has the Pod write more than it may: the kubelet measures that and evicts. */
async function evict(pod: V1Pod): Promise<void> {
  await using client = await K8sClient.connect({ kubeconfig, namespace: pod.metadata?.namespace ?? "" });
  await client.exec(pod, "main", ["sh", "-c", "head -c 8000000 /dev/zero >/tmp/much"]);
}
