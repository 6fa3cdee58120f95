import { errorText } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import { labels, names } from "@fc/k8s";
import type { V1PersistentVolumeClaim, V1Pod, V1Service } from "@kubernetes/client-node";
import { hasRdb } from "../engines/engine-arguments.ts";
import { nodeSize } from "../engines/node-types.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { cacheAnnotations, cacheLabels, nodeLabel } from "../pod/cache-names.ts";

/** Where redis and valkey nodes keep their data beyond their Pods. */
export interface CachePersistence {
  /** Default: the cluster's own default class. */
  readonly storageClass?: string;
  /** Default: twice the memory of the node type. */
  readonly sizeMib?: number;
  /** Whether a step as root gives the volume to the engine's user first: for storage that ignores `fsGroup`. Not for Pod Security `restricted`. */
  readonly chown?: boolean;
}

const dataVolume = "data";

/** The claim that a Pod has its data on. */
export function claimOf(pod: V1Pod | undefined): string | undefined {
  return pod?.spec?.volumes?.find(({ name }) => name === dataVolume)?.persistentVolumeClaim?.claimName;
}

/** The claim of the Pod that a Service leads to, also when that is gone. */
export function recordedClaim(service: V1Service | undefined): string | undefined {
  return service?.metadata?.annotations?.[cacheAnnotations.claim] || undefined;
}

/** Makes the claim of a new Pod, with the Pod's name; undefined when the node keeps nothing beyond its Pod. */
export async function makeClaim(
  context: CacheContext,
  spec: CacheNodeSpec,
  podName: string,
): Promise<string | undefined> {
  const { client, persistence } = context;
  if (persistence === undefined || !hasRdb(spec.engine)) return undefined;
  const claim = buildClaim(spec, podName, persistence);
  const metadata = client.owned(claim.metadata ?? {}, "installation", "elasticache");
  await client.core.createNamespacedPersistentVolumeClaim({
    namespace: client.namespace,
    body: { ...claim, metadata },
  });
  return podName;
}

/** Pure. */
export function buildClaim(
  spec: CacheNodeSpec,
  name: string,
  { storageClass, sizeMib }: CachePersistence,
): V1PersistentVolumeClaim {
  const storage = `${sizeMib ?? Math.ceil((2 * nodeSize(spec.nodeType).memoryBytes) / 1_048_576)}Mi`;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      labels: {
        [cacheLabels.cache]: names.labelSafe(spec.resourceId),
        [cacheLabels.node]: nodeLabel(spec.nodeKey),
        "app.kubernetes.io/name": spec.engine,
        "app.kubernetes.io/component": "cache",
      },
      annotations: { [cacheAnnotations.nodeKey]: spec.nodeKey },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
}

/** Whether there is such a claim, and it is to stay. */
export async function claimExists(context: CacheContext, name: string): Promise<boolean> {
  const claims = await listClaims(context, "");
  return claims.some(({ metadata }) => metadata?.name === name && metadata.deletionTimestamp === undefined);
}

export async function removeClaim(context: CacheContext, name: string): Promise<void> {
  const { client } = context;
  try {
    await client.core.deleteNamespacedPersistentVolumeClaim({ name, namespace: client.namespace });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Removes the claims of a node but for that of `kept`. What fails is left to the next time: the node serves. */
export async function dropOldClaims(context: CacheContext, nodeKey: string, kept: V1Pod | undefined): Promise<void> {
  if (context.persistence === undefined) return;
  try {
    const claims = await listClaims(context, `,${cacheLabels.node}=${nodeLabel(nodeKey)}`);
    const old = claims.filter(({ metadata }) => metadata?.name !== claimOf(kept));
    await Promise.all(old.map(({ metadata }) => removeClaim(context, metadata?.name ?? "")));
  } catch (error) {
    context.logger.warn(
      { nodeKey, error: errorText(error) },
      "former volumes of a cache node could not be removed yet",
    );
  }
}

/** Removes all claims of a node whose Pods are gone. */
export async function removeClaims(context: CacheContext, nodeKey: string): Promise<void> {
  if (context.persistence === undefined) return;
  const claims = await listClaims(context, `,${cacheLabels.node}=${nodeLabel(nodeKey)}`);
  await Promise.all(claims.map(({ metadata }) => removeClaim(context, metadata?.name ?? "")));
}

/** Removes the claims of nodes that nobody knows any more: a crash cut their deletion off. */
export async function sweepClaims(context: CacheContext, isKnown: (nodeKey: string) => boolean): Promise<void> {
  if (context.persistence === undefined) return;
  try {
    const claims = await listClaims(context, "");
    const unknown = claims.filter(({ metadata }) => !isKnown(metadata?.annotations?.[cacheAnnotations.nodeKey] ?? ""));
    await Promise.all(unknown.map(({ metadata }) => removeClaim(context, metadata?.name ?? "")));
  } catch (error) {
    context.logger.warn({ error: errorText(error) }, "volumes of caches that are gone could not be removed");
  }
}

async function listClaims({ client, installation }: CacheContext, more: string): Promise<V1PersistentVolumeClaim[]> {
  const labelSelector = `${labels.service}=elasticache,${labels.installation}=${installation}${more}`;
  const { namespace } = client;
  return (await client.core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector })).items;
}

function isAbsent(error: unknown): boolean {
  const { code, status } = error as { readonly code?: unknown; readonly status?: { readonly code?: unknown } | number };
  return code === 404 || status === 404 || /not found/i.test(errorText(error));
}
