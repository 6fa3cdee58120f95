import { removeClaims } from "../persistence/claims.ts";
import { cacheAnnotations } from "../pod/cache-names.ts";
import type { CacheContext } from "./cache-context.ts";
import { deletePod } from "./delete-pod.ts";
import { findNode, installationSelector, nodeSelector } from "./find-node.ts";

/** Removes all that the cluster holds of a node, or the endpoints of a group by its group key, and resolves when it is gone. Absent is fine. */
export async function removeNode(context: CacheContext, nodeKey: string): Promise<void> {
  const [{ services, pods }, secrets] = await Promise.all([
    findNode(context, nodeKey),
    context.client.listSecrets(nodeSelector(context, nodeKey)),
  ]);
  const podNames = pods.map((pod) => pod.metadata?.name ?? "");
  await Promise.all([
    ...podNames.map((name) => deletePod(context, name)),
    // A restore step's Secret has its Pod's name.
    ...podNames.map((name) => context.client.deleteSecret(name)),
    ...secrets.map(({ metadata }) => context.client.deleteSecret(metadata?.name ?? "")),
    ...services.map((service) => context.client.deleteService(service.metadata?.name ?? "")),
  ]);
  await removeClaims(context, nodeKey, { services, pods });
}

/** The same for all nodes of the installation. */
export async function removeAllNodes(context: CacheContext): Promise<void> {
  const services = await context.client.listServices(installationSelector(context));
  const keys = services.map((service) => service.metadata?.annotations?.[cacheAnnotations.nodeKey] ?? "");
  await Promise.all(keys.map((nodeKey) => removeNode(context, nodeKey)));
}
