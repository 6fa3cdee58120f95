import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { names } from "@fc/k8s";
import type { V1ObjectMeta } from "@kubernetes/client-node";
import { cacheAnnotations, cacheLabels, nodeLabel } from "./cache-names.ts";

/** The metadata of an object of a node, or of a group by its group key: what all have, and what only this one has. Pure. */
export function cacheMetadata(
  name: string,
  of: Pick<CacheNodeSpec, "resourceId" | "nodeKey" | "engine">,
  own: Pick<V1ObjectMeta, "labels" | "annotations"> = {},
): V1ObjectMeta {
  return {
    name,
    labels: {
      [cacheLabels.cache]: names.labelSafe(of.resourceId),
      [cacheLabels.node]: nodeLabel(of.nodeKey),
      ...own.labels,
      "app.kubernetes.io/name": of.engine,
      "app.kubernetes.io/component": "cache",
    },
    annotations: { [cacheAnnotations.nodeKey]: of.nodeKey, ...own.annotations },
  };
}
