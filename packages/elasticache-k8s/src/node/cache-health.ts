import { errorText } from "@fc/core";
import type { CacheContext } from "./cache-context.ts";
import { installationSelector } from "./find-node.ts";

/** Whether the cluster answers, how the nodes of this process are, and what they keep when their Pods are lost. */
export async function healthOf(
  context: Pick<CacheContext, "client" | "installation" | "nodes" | "persistence">,
): Promise<{ readonly ready: boolean; readonly detail: string }> {
  try {
    await context.client.listServices(installationSelector(context));
  } catch (error) {
    return { ready: false, detail: `Kubernetes does not answer: ${errorText(error)}` };
  }
  const replacing = [...context.nodes.values()].filter((node) => node.replacing).length;
  const data = context.persistence === undefined ? "data goes with its Pod" : "data is on volumes";
  return { ready: true, detail: `${context.nodes.size} cache nodes, ${replacing} being replaced; ${data}` };
}
