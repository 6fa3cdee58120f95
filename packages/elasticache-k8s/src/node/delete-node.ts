import type { CacheContext } from "./cache-context.ts";
import { deletePod } from "./delete-pod.ts";
import { findNode, nodeSelector } from "./find-node.ts";

/** Removes all that the cluster holds of a node and resolves when it is gone. Absent is fine. */
export async function removeNode(context: CacheContext, nodeKey: string): Promise<void> {
  const [{ service, pods }, secrets] = await Promise.all([
    findNode(context, nodeKey),
    context.client.listSecrets(nodeSelector(context, nodeKey)),
  ]);
  const podNames = pods.map((pod) => pod.metadata?.name ?? "");
  await Promise.all([
    ...podNames.map((name) => deletePod(context, name)),
    // A restore step's Secret has its Pod's name.
    ...podNames.map((name) => context.client.deleteSecret(name)),
    ...secrets.map(({ metadata }) => context.client.deleteSecret(metadata?.name ?? "")),
    ...(service === undefined ? [] : [context.client.deleteService(service.metadata?.name ?? "")]),
  ]);
}
