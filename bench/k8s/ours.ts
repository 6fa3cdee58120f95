import { pipeline } from "node:stream/promises";
import { K8sClient, podIsReady } from "@fc/k8s";
import { type Arena, type Contestant, managed } from "./contestant.ts";

const unlimited = { perSecond: Number.POSITIVE_INFINITY };

/** @fc/k8s, without its limit of requests per second: that is a policy, and client-node has none. */
export async function ours({ kubeconfig, namespace, pod }: Arena): Promise<Contestant> {
  const client = await K8sClient.connect({ kubeconfig, namespace, closeTimeoutMs: 0, rateLimit: unlimited });
  return {
    call: async () => {
      await client.listPods(`${managed},none=such`);
    },
    watch: async (listener) => {
      await new Promise<void>((resolve) => {
        client.onPodChange((_type, changed) => {
          resolve();
          listener(changed);
        });
      });
    },
    exec: async (command, sink) => {
      const { stdout, result } = await client.execStream(pod, "main", command);
      await pipeline(stdout, sink);
      const { exitCode } = await result;
      if (exitCode !== 0) throw new Error(`exit code ${exitCode}`);
    },
    startPod: async (body) => {
      const { metadata } = await client.createPod(body);
      await client.waitForPod(metadata?.name ?? "", podIsReady, { timeoutMs: 60_000, what: "to be Ready" });
    },
    close: () => client[Symbol.asyncDispose](),
  };
}
