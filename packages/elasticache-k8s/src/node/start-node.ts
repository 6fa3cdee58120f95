import { type BlobRef, FcError } from "@fc/core";
import type { CacheNodeSpec, CacheNodeStatus } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { applyAccess } from "../access/apply-access.ts";
import { hasRdb } from "../engines/engine-arguments.ts";
import { followSwitch } from "../group/shard-endpoints.ts";
import { dropOldClaims, recordedClaim, takeOverClaim } from "../persistence/claims.ts";
import { buildCacheService, switchPatch } from "../pod/build-cache-service.ts";
import { cacheAnnotations, cachePodName, serviceName, specText } from "../pod/cache-names.ts";
import { blobRdb, type RdbSource } from "../rdb/rdb-source.ts";
import type { CacheContext } from "./cache-context.ts";
import type { CacheNode } from "./cache-node.ts";
import { resumeWrites } from "./copy-data.ts";
import { removeNode } from "./delete-node.ts";
import { waitForEngine } from "./engine-link.ts";
import { type FoundNode, findNode, lossOf } from "./find-node.ts";
import { endpointOf } from "./service-route.ts";
import { spawnPod } from "./spawn-pod.ts";

const adoptTimeoutMs = 30_000;

/** How a node that does not run yet comes up. */
export interface StartNodeOptions {
  /** The engine starts with this snapshot's data. */
  readonly restore?: BlobRef | undefined;
  /** Done with the new engine before any client is led to it. */
  readonly prepare?: (pod: V1Pod, signal: AbortSignal) => Promise<void>;
}

/** Makes the node or adopts what runs. When it rejects, nothing of a new node is left; an existing one keeps its address. */
export async function startNode(
  context: CacheContext,
  node: CacheNode,
  options: StartNodeOptions,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const { spec } = node;
  const found = await findNode(context, spec.nodeKey);
  if (found.service !== undefined && found.state === "available") {
    const adopted = await adoptNode(context, spec, found, signal);
    if (adopted !== undefined) {
      node.pod = adopted.pod;
      return adopted.status;
    }
    return await refillNode(context, node, found, options, signal);
  }
  // Half made by a process that died: its restore token died with it.
  if (found.service !== undefined || found.pods.length > 0) await removeNode(context, spec.nodeKey);
  try {
    return await createNode(context, node, options, signal);
  } catch (error) {
    await removeNode(context, spec.nodeKey);
    throw error;
  }
}

/** The Service and the Pod are made at once: neither waits for the other. */
async function createNode(
  context: CacheContext,
  node: CacheNode,
  options: StartNodeOptions,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const { spec } = node;
  const { client } = context;
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  const name = serviceName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.installation);
  const service = buildCacheService(spec, { name, podName });
  const metadata = client.owned(service.metadata ?? {}, "installation", "elasticache");
  const making = client.createService({ ...service, metadata }, { signal });
  making.catch(() => undefined);
  // The Service's address is in the certificate.
  if (spec.access?.tls !== undefined) await making;
  const spawning = spawnPod(context, spec, { podName, rdb: restoreOf(context, options) }, signal);
  const settled = await Promise.allSettled([making, spawning]);
  const [made, spawned] = settled;
  if (spawned.status === "rejected") throw spawned.reason;
  if (made.status === "rejected") throw made.reason;
  await options.prepare?.(spawned.value, signal);
  return await completeSwitch(context, node, made.value, spawned.value, signal);
}

/** Points the Service at a Pod that serves, waits until that holds, and records it. */
export async function completeSwitch(
  context: CacheContext,
  node: CacheNode,
  service: V1Service,
  pod: V1Pod,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const { spec } = node;
  const patched = await context.client.patchService(service.metadata?.name ?? "", switchPatch(spec, pod), { signal });
  node.pod = pod;
  await followSwitch(context, node, pod, signal);
  await context.routes.settled(context, spec, patched, [pod], signal);
  return statusOf(context, spec, patched, pod);
}

/** The node's Pod when it runs and its engine serves; undefined when there is none or it is lost. */
async function adoptNode(
  context: CacheContext,
  spec: CacheNodeSpec,
  found: FoundNode,
  signal: AbortSignal,
): Promise<{ readonly pod: V1Pod; readonly status: CacheNodeStatus } | undefined> {
  const { service, current } = found;
  if (service === undefined || current === undefined || lossOf(current) !== undefined) return undefined;
  if (current.status?.phase !== "Running") return undefined;
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(adoptTimeoutMs)]);
    await waitForEngine(context, current, spec.engine, deadline);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
  // Users may have changed while nobody was there to bring them.
  await applyAccess(context, spec, current, signal);
  if (hasRdb(spec.engine)) await resumeWrites(context, { pod: current, engine: spec.engine });
  const recorded = service.metadata?.annotations?.[cacheAnnotations.spec];
  if (recorded !== specText(spec))
    await context.client.patchService(service.metadata?.name ?? "", switchPatch(spec, current), { signal });
  return { pod: current, status: statusOf(context, spec, service, current) };
}

/** The Service is there and its Pod was lost while nobody watched: a new Pod behind the same address. */
async function refillNode(
  context: CacheContext,
  node: CacheNode,
  found: FoundNode,
  options: StartNodeOptions,
  signal: AbortSignal,
): Promise<CacheNodeStatus> {
  const { spec } = node;
  if (found.service === undefined) throw new FcError("FC_CACHE_NO_SERVICE", `Node ${spec.nodeKey} has no Service`);
  const loss =
    found.current === undefined ? "its Pod is gone" : (lossOf(found.current) ?? "its engine does not answer");
  context.emit({ nodeKey: spec.nodeKey, type: "lost", message: `Found at start: ${loss}` });
  const podName = cachePodName(spec.memberId ?? spec.resourceId, spec.nodeKey, context.newId());
  const rdb = restoreOf(context, options);
  const brought = rdb !== undefined || options.prepare !== undefined;
  const kept = brought ? undefined : recordedClaim(found.service);
  const claim = await takeOverClaim(context, spec.nodeKey, kept, found.pods);
  const pod = await spawnPod(context, spec, { podName, rdb, claim }, signal);
  await options.prepare?.(pod, signal);
  const status = await completeSwitch(context, node, found.service, pod, signal);
  await dropOldClaims(context, spec.nodeKey, pod, found.service);
  context.emit({
    nodeKey: spec.nodeKey,
    type: "recovered",
    message: `Pod ${podName} answers at the same address`,
    dataKept: brought || claim !== undefined,
  });
  return status;
}

function restoreOf(context: CacheContext, { restore }: StartNodeOptions): RdbSource | undefined {
  return restore === undefined ? undefined : blobRdb(context.blobs, restore);
}

function statusOf(context: CacheContext, spec: CacheNodeSpec, service: V1Service, pod: V1Pod): CacheNodeStatus {
  return {
    endpoint: { address: endpointOf(context, service), port: spec.port },
    instance: pod.metadata?.name ?? "",
  };
}
