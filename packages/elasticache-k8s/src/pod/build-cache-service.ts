import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1Service } from "@kubernetes/client-node";
import { enginePort } from "../engines/engine-arguments.ts";
import { cacheMetadata } from "./cache-metadata.ts";
import { cacheAnnotations, cacheLabels, specText } from "./cache-names.ts";

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
      annotations: desiredState(spec, "creating").metadata.annotations,
    }),
    spec: { type: "ClusterIP", selector: { [cacheLabels.pod]: options.podName }, ports: servicePorts(spec) },
  };
}

/** The merge patch that makes `podName` the one behind the Service, and records what is wanted now. */
export function switchPatch(spec: CacheNodeSpec, podName: string, claim?: string): object {
  const { metadata } = desiredState(spec, "available");
  const annotations = claim === undefined ? {} : { [cacheAnnotations.claim]: claim };
  return {
    metadata: { annotations: { ...metadata.annotations, ...annotations } },
    spec: { selector: { [cacheLabels.pod]: podName }, ports: servicePorts(spec) },
  };
}

function desiredState(spec: CacheNodeSpec, state: CacheState): { metadata: { annotations: Record<string, string> } } {
  return {
    metadata: {
      annotations: { [cacheAnnotations.spec]: specText(spec), [cacheAnnotations.state]: state },
    },
  };
}

/** The ports of a cache's Service: those that the user is told of, led to the engine's. */
export function servicePorts(
  spec: CacheNodeSpec,
): { name: string; port: number; targetPort: number; protocol: string }[] {
  const led = { targetPort: enginePort(spec.engine), protocol: "TCP" };
  return [
    { name: "cache", port: spec.port, ...led },
    ...(spec.readerPort === undefined ? [] : [{ name: "readers", port: spec.readerPort, ...led }]),
  ];
}
