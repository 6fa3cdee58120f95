import type { ConformanceTarget } from "@fc/k8s/conformance";
import type { LocalCluster } from "../src/index.ts";

/** The embedded cluster for the cases of `@fc/k8s`, with all that it can do. */
export function clusterTarget({ kubeconfigPath, faults }: LocalCluster): ConformanceTarget {
  return {
    kubeconfig: kubeconfigPath,
    abilities: {
      podNetwork: true,
      accessControl: true,
      secondNode: "fc-local-2",
      evict: ({ metadata }) => {
        faults.evictPod({ name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" });
        return Promise.resolve();
      },
      withoutApi: async (work) => {
        await using _outage = await faults.apiOutage();
        await work();
      },
      withSlowStore: async (delayMs, work) => {
        using _slowness = faults.slowWrites(delayMs);
        await work();
      },
    },
  };
}
