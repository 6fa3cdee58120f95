import { labels, type OwnedObject, type Reconciler } from "@fc/k8s";
import { cacheAnnotations } from "../pod/cache-names.ts";
import type { CacheContext } from "./cache-context.ts";
import type { CacheNode } from "./cache-node.ts";

/** What is wanted of the cluster. */
export interface DesiredNodes {
  /** The nodes that this process works with. */
  readonly nodes: ReadonlyMap<string, CacheNode>;
  /** Whether the service has a node that this process was not asked to run yet. */
  readonly isKnown: (nodeKey: string) => boolean;
}

export interface NodeReconcilers {
  readonly nodes: Reconciler;
  readonly restores: Reconciler;
}

/**
 * Removes what no node needs: Services and Pods of nodes that the service does not know, Pods that a crash in the middle of a
 * reboot left beside the current one, and restore Secrets of Pods that are up.
 */
export function reconcileNodes(context: CacheContext, desired: DesiredNodes): NodeReconcilers {
  const { client, launching } = context;
  const service = "elasticache" as const;
  return {
    nodes: client.reconcile({
      service,
      owner: "installation",
      wants: (object) => wantsNodeObject(object, desired),
      gracePeriodSeconds: 1,
    }),
    restores: client.reconcile({
      service,
      owner: "process",
      wants: ({ kind, metadata }) => kind !== "Secret" || launching.has(metadata.name ?? ""),
    }),
  };
}

/** Whether an object of the installation is one that a node needs. */
export function wantsNodeObject({ kind, metadata }: OwnedObject, { nodes, isKnown }: DesiredNodes): boolean {
  const nodeKey = metadata.annotations?.[cacheAnnotations.nodeKey];
  // Not of a node.
  if (nodeKey === undefined || metadata.labels?.[labels.elasticache] === undefined) return true;
  const node = nodes.get(nodeKey);
  if (node === undefined) return isKnown(nodeKey);
  if (kind !== "Pod" || node.busy || node.pod === undefined) return true;
  return node.pod.metadata?.uid === metadata.uid;
}
