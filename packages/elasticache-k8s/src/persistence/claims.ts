import { errorText } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { V1PersistentVolumeClaim, V1Pod, V1Service } from "@kubernetes/client-node";
import { nodeSize } from "../engines/node-types.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { deletePod } from "../node/delete-pod.ts";
import { installationSelector, nodeSelector } from "../node/find-node.ts";
import { cacheMetadata } from "../pod/cache-metadata.ts";
import { cacheAnnotations } from "../pod/cache-names.ts";
import { claimOf } from "../pod/data-volume.ts";

/** Where redis and valkey nodes keep their data beyond their Pods. */
export interface CachePersistence {
  /** Default: the cluster's own default class. */
  readonly storageClass?: string;
  /** Default: twice the memory of the node type. */
  readonly sizeMib?: number;
  /** Whether a step as root gives the volume to the engine's user first: for storage that ignores `fsGroup`. Not for Pod Security `restricted`. */
  readonly chown?: boolean;
}

/** The claim of the Pod that a Service leads to, also when that is gone. */
export function recordedClaim(service: V1Service | undefined): string | undefined {
  return service?.metadata?.annotations?.[cacheAnnotations.claim] || undefined;
}

/** Makes the claim of a new Pod, with the Pod's name. */
export async function makeClaim(
  context: CacheContext,
  spec: CacheNodeSpec,
  podName: string,
  persistence: CachePersistence,
  signal: AbortSignal,
): Promise<void> {
  const { client } = context;
  const metadata = client.owned(cacheMetadata(podName, spec), "installation", "elasticache");
  await client.createPersistentVolumeClaim({ metadata, spec: claimSpec(spec, persistence) }, { signal });
}

function claimSpec(
  spec: CacheNodeSpec,
  { storageClass, sizeMib }: CachePersistence,
): NonNullable<V1PersistentVolumeClaim["spec"]> {
  const storage = `${sizeMib ?? Math.ceil((2 * nodeSize(spec.nodeType).memoryBytes) / 1_048_576)}Mi`;
  return {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  };
}

/**
 * The claim that a node's next Pod goes on with, once the former Pods are gone: two engines never write to one. Undefined when the
 * node has none, or none that is to stay.
 */
export async function takeOverClaim(
  context: CacheContext,
  nodeKey: string,
  claim: string | undefined,
  former: readonly V1Pod[],
): Promise<string | undefined> {
  if (claim === undefined) return undefined;
  const claims = await claimsOf(context, nodeKey);
  const found = claims.find(({ metadata }) => metadata?.name === claim);
  if (found === undefined || found.metadata?.deletionTimestamp !== undefined) return undefined;
  await Promise.all(former.map(({ metadata }) => deletePod(context, metadata?.name ?? "")));
  return claim;
}

/**
 * Removes the claims of a node but for that of the Pod that serves now; `before` is its Service as it was. What fails is left to the
 * next time: the node serves.
 */
export async function dropOldClaims(
  context: CacheContext,
  nodeKey: string,
  serving: V1Pod | undefined,
  before: V1Service,
): Promise<void> {
  if (context.persistence === undefined && recordedClaim(before) === undefined) return;
  try {
    const claims = await claimsOf(context, nodeKey);
    const kept = claimOf(serving);
    await remove(
      context,
      claims.filter(({ metadata }) => metadata?.name !== kept),
    );
  } catch (error) {
    context.logger.warn(
      { nodeKey, error: errorText(error) },
      "former volumes of a cache node could not be removed yet",
    );
  }
}

/** Removes all claims of a node, which had these objects. */
export async function removeClaims(
  context: CacheContext,
  nodeKey: string,
  { services, pods }: { readonly services: readonly V1Service[]; readonly pods: readonly V1Pod[] },
): Promise<void> {
  const had = services.some((service) => recordedClaim(service) !== undefined) || pods.some((pod) => claimOf(pod));
  if (context.persistence === undefined && !had) return;
  await remove(context, await claimsOf(context, nodeKey));
}

/** Removes the claims of nodes that nobody knows any more: a crash cut their deletion off. */
export async function sweepClaims(context: CacheContext, isKnown: (nodeKey: string) => boolean): Promise<void> {
  if (context.persistence === undefined) return;
  try {
    const claims = await context.client.listPersistentVolumeClaims(installationSelector(context));
    const nodeKeyOf = ({ metadata }: V1PersistentVolumeClaim): string =>
      metadata?.annotations?.[cacheAnnotations.nodeKey] ?? "";
    await remove(
      context,
      claims.filter((claim) => !isKnown(nodeKeyOf(claim))),
    );
  } catch (error) {
    context.logger.warn({ error: errorText(error) }, "volumes of caches that are gone could not be removed");
  }
}

function claimsOf(context: CacheContext, nodeKey: string): Promise<V1PersistentVolumeClaim[]> {
  return context.client.listPersistentVolumeClaims(nodeSelector(context, nodeKey));
}

async function remove({ client }: CacheContext, claims: readonly V1PersistentVolumeClaim[]): Promise<void> {
  await Promise.all(
    claims.map(({ metadata: { name = "", uid } = {} }) => client.deletePersistentVolumeClaim(name, { uid })),
  );
}
