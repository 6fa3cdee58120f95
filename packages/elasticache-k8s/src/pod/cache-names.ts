import { createHash } from "node:crypto";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { labels, names } from "@fc/k8s";

/** The start of every name that this package gives. */
export const cachePrefix = "fakecloud-ec";

/** The container of a cache Pod that runs the engine. */
export const cacheContainer = "cache";

/** Labels of cache objects beside the ownership labels of `@fc/k8s`. */
export const cacheLabels: {
  readonly cache: string;
  readonly node: string;
  readonly pod: string;
  readonly endpoint: string;
  readonly readers: string;
  readonly members: string;
} = {
  /** The user's identifier, label-safe. */
  cache: labels.elasticache,
  /** {@link nodeLabel} of the node key, or of the group key: the same on all objects of a node or a group. */
  node: "fakecloud-cache-node",
  /** The Pod's own name: what the Service selects, so that switching is one patch. */
  pod: "fakecloud-cache-pod",
  /** On the Service of a group: `primary`, `reader` or, in cluster mode, `configuration`, as on that of a memcached cluster. */
  endpoint: "fakecloud-cache-endpoint",
  /** On the Pods that a reader endpoint leads to. */
  readers: "fakecloud-cache-readers",
  /** On the Pods that the configuration endpoint of a cluster leads to. */
  members: "fakecloud-cache-members",
};

/** Annotations of cache objects. */
export const cacheAnnotations: {
  readonly nodeKey: string;
  readonly spec: string;
  readonly state: string;
  readonly primary: string;
  readonly claim: string;
} = {
  /** The node key, or the group key on a group's Services. */
  nodeKey: "fakecloud-cache-node-key",
  /** The {@link CacheNodeSpec} as JSON: on the Service what is wanted, on a Pod what it was started with. */
  spec: "fakecloud-cache-spec",
  /** On the Service: `creating` until the engine has answered once, then `available`. */
  state: "fakecloud-cache-state",
  /** On a shard's Services: the node key of its primary. It decides when a new process takes over. */
  primary: "fakecloud-cache-primary",
  /** On the Service: the volume claim of the Pod that it leads to. */
  claim: "fakecloud-cache-claim",
};

/** A node key as a label value. */
export function nodeLabel(nodeKey: string): string {
  return createHash("sha256").update(nodeKey).digest("hex").slice(0, 40);
}

/** The name of a node's Service: the same for the node's whole life, and different for another installation. */
export function serviceName(resourceId: string, nodeKey: string, installation: string): string {
  return names.podName(cachePrefix, resourceId, `${installation}/${nodeKey}`);
}

/** The name of one launch of a node: never used twice. */
export function cachePodName(resourceId: string, nodeKey: string, launchId: string): string {
  return names.podName(cachePrefix, resourceId, `${nodeKey}/${launchId}`);
}

/** A specification as objects carry it: without the users, whose password hashes are for the node's Secret only. */
export function specText(spec: CacheNodeSpec): string {
  const { access, ...rest } = spec;
  return JSON.stringify(access?.tls === undefined ? rest : { ...rest, access: { tls: access.tls } });
}
