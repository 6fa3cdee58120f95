import { errorText } from "@fc/core";
import type { CacheContext } from "./cache-context.ts";
import { installationSelector } from "./find-node.ts";

/** Whether the cluster answers, and how the nodes of this process are. */
export async function healthOf(context: CacheContext): Promise<{ readonly ready: boolean; readonly detail: string }> {
  try {
    await context.client.listServices(installationSelector(context));
  } catch (error) {
    return { ready: false, detail: `Kubernetes does not answer: ${errorText(error)}` };
  }
  const replacing = [...context.nodes.values()].filter((node) => node.replacing).length;
  return { ready: true, detail: `${context.nodes.size} cache nodes, ${replacing} being replaced` };
}
