import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { listeningPort } from "../engines/engine-arguments.ts";
import { cacheMetadata } from "./cache-metadata.ts";
import { cacheAnnotations, cacheLabels, specText } from "./cache-names.ts";
import { claimOf } from "./data-volume.ts";

/** Whether the engine of a node has answered once. Until then a start that fails leaves nothing. */
export type CacheState = "creating" | "available";

/** The Service that is a node's address: its ClusterIP and DNS name stay, whichever Pod it selects. Pure. */
export function buildCacheService(
  spec: CacheNodeSpec,
  options: { readonly name: string; readonly podName: string },
): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: cacheMetadata(options.name, spec, {
      labels: spec.discovers === undefined ? {} : { [cacheLabels.endpoint]: "configuration" },
      annotations: desiredState(spec, "creating"),
    }),
    spec: { type: "ClusterIP", selector: { [cacheLabels.pod]: options.podName }, ports: servicePorts(spec) },
  };
}

/** The merge patch that makes `pod` the one behind the Service, and records what is wanted now, and where the data is. */
export function switchPatch(spec: CacheNodeSpec, pod: V1Pod): object {
  return {
    metadata: {
      annotations: { ...desiredState(spec, "available"), [cacheAnnotations.claim]: claimOf(pod) ?? null },
    },
    spec: { selector: { [cacheLabels.pod]: pod.metadata?.name ?? "" }, ports: servicePorts(spec) },
  };
}

function desiredState(spec: CacheNodeSpec, state: CacheState): Record<string, string> {
  return { [cacheAnnotations.spec]: specText(spec), [cacheAnnotations.state]: state };
}

/** The ports of a cache's Service: those that the user is told of, led to the engine's. */
export function servicePorts(
  spec: CacheNodeSpec,
): { name: string; port: number; targetPort: number; protocol: string }[] {
  const led = { targetPort: listeningPort(spec), protocol: "TCP" };
  return [
    { name: "cache", port: spec.port, ...led },
    ...(spec.readerPort === undefined ? [] : [{ name: "readers", port: spec.readerPort, ...led }]),
  ];
}
