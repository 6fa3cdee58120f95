import { FcError } from "@fc/core";
import type { CacheGroupSpec, CacheShardSpec, CacheShardStatus } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import type { CacheContext } from "../node/cache-context.ts";
import { nodeSelector } from "../node/find-node.ts";
import { endpointOf } from "../node/service-route.ts";
import { servicePorts } from "../pod/build-cache-service.ts";
import { cacheMetadata } from "../pod/cache-metadata.ts";
import { cacheAnnotations, cacheLabels, nodeLabel, serviceName } from "../pod/cache-names.ts";
import type { CacheGroup } from "./cache-group.ts";

/** The endpoints that a shard has beside those of its nodes. */
export type ShardEndpoint = "primary" | "reader";

/** The Service of a shard's endpoint: which Pods it leads to changes, its address does not. Pure. */
export function buildShardService(
  spec: CacheGroupSpec,
  shard: CacheShardSpec,
  options: {
    readonly endpoint: ShardEndpoint;
    readonly name: string;
    readonly primary: string;
    readonly podName: string;
  },
): V1Service {
  const { endpoint, name, primary, podName } = options;
  const [node] = shard.nodes;
  if (node === undefined) throw new Error(`shard ${shard.shardId} of ${spec.groupId} has no node`);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: cacheMetadata(
      name,
      { resourceId: spec.groupId, nodeKey: spec.groupKey, engine: node.engine },
      { labels: { [cacheLabels.endpoint]: endpoint }, annotations: { [cacheAnnotations.primary]: primary } },
    ),
    spec: {
      type: "ClusterIP",
      selector:
        endpoint === "primary"
          ? { [cacheLabels.pod]: podName }
          : { [cacheLabels.readers]: readersLabel(spec.groupKey, shard.shardId) },
      ports: servicePorts(node),
    },
  };
}

/** The label value of the Pods that a shard's reader endpoint leads to. */
export function readersLabel(groupKey: string, shardId: string): string {
  return nodeLabel(`${groupKey}/${shardId}`);
}

/** The Services of a shard as they are; absent ones are undefined. */
export async function findShardServices(
  context: CacheContext,
  spec: CacheGroupSpec,
  shard: CacheShardSpec,
): Promise<Readonly<Record<ShardEndpoint, V1Service | undefined>>> {
  const services = await context.client.listServices(nodeSelector(context, spec.groupKey));
  const named = (endpoint: ShardEndpoint): V1Service | undefined =>
    services.find(({ metadata }) => metadata?.name === shardServiceName(context, spec, shard, endpoint));
  return { primary: named("primary"), reader: named("reader") };
}

/** The node key of the primary that the shard's Service leads to: who it was when a process last decided. */
export function recordedPrimary(service: V1Service | undefined): string | undefined {
  return service?.metadata?.annotations?.[cacheAnnotations.primary];
}

/** Makes the shard's Services when there are none. They lead nowhere yet: their addresses go into certificates first. */
export async function makeShardServices(
  context: CacheContext,
  spec: CacheGroupSpec,
  shard: CacheShardSpec,
  primary: string,
): Promise<void> {
  const found = await findShardServices(context, spec, shard);
  await Promise.all(
    (["primary", "reader"] as const).map(async (endpoint) => {
      if (found[endpoint] !== undefined) return;
      const name = shardServiceName(context, spec, shard, endpoint);
      const service = buildShardService(spec, shard, { endpoint, name, primary, podName: "none" });
      const metadata = context.client.owned(service.metadata ?? {}, "installation", "elasticache");
      await context.client.createService({ ...service, metadata });
    }),
  );
}

/** Makes the primary's Service lead to `pod`, the Pod of the node `primary`. */
export async function pointToPrimary(
  context: CacheContext,
  spec: CacheGroupSpec,
  shard: CacheShardSpec,
  to: { readonly primary: string; readonly pod: V1Pod },
): Promise<{ readonly services: Readonly<Record<ShardEndpoint, V1Service>>; readonly status: CacheShardStatus }> {
  const found = await findShardServices(context, spec, shard);
  if (found.primary === undefined || found.reader === undefined)
    throw new FcError("FC_CACHE_NO_SERVICE", `Shard ${shard.shardId} of ${spec.groupId} has lost its Services`);
  const primary = await context.client.patchService(found.primary.metadata?.name ?? "", {
    metadata: { annotations: { [cacheAnnotations.primary]: to.primary } },
    spec: { selector: { [cacheLabels.pod]: to.pod.metadata?.name ?? "" } },
  });
  const port = shard.nodes[0]?.port ?? 0;
  const status: CacheShardStatus = {
    shardId: shard.shardId,
    primary: to.primary,
    primaryEndpoint: { address: endpointOf(context, primary), port },
    readerEndpoint: { address: endpointOf(context, found.reader), port },
  };
  return { services: { primary, reader: found.reader }, status };
}

/** Makes the reader endpoint lead to exactly these Pods. */
export async function serveReaders(
  context: CacheContext,
  spec: CacheGroupSpec,
  shard: CacheShardSpec,
  pods: readonly V1Pod[],
): Promise<void> {
  await labelExactly(context, cacheLabels.readers, readersLabel(spec.groupKey, shard.shardId), pods);
}

/**
 * Gives exactly these Pods the label by which a Service finds them. New ones come before others go, so that there is always one. True when others
 * had it.
 */
export async function labelExactly(
  context: CacheContext,
  key: string,
  value: string,
  pods: readonly V1Pod[],
): Promise<boolean> {
  const labelled = await context.client.listPods(`${key}=${value}`);
  const has = (list: readonly V1Pod[], pod: V1Pod): boolean =>
    list.some(({ metadata }) => metadata?.uid === pod.metadata?.uid);
  const label = (pod: V1Pod, to: string | null): Promise<unknown> =>
    context.client.patchPod(pod.metadata?.name ?? "", { metadata: { labels: { [key]: to } } });
  await Promise.all(pods.filter((pod) => !has(labelled, pod)).map((pod) => label(pod, value)));
  const others = labelled.filter((pod) => !has(pods, pod));
  // A Pod that is gone by now needs no label.
  await Promise.all(others.map((pod) => label(pod, null).catch(() => undefined)));
  return others.length > 0;
}

/** Removes the endpoints of shards that the group has no more. */
export async function removeFormerShards(
  context: CacheContext,
  { spec, primaries, serving }: CacheGroup,
): Promise<void> {
  const former = [...primaries.keys()].filter((shardId) => !spec.shards.some((shard) => shard.shardId === shardId));
  for (const shardId of former) {
    primaries.delete(shardId);
    serving.delete(shardId);
  }
  const wanted = new Set(
    spec.shards.flatMap((shard) =>
      (["primary", "reader"] as const).map((endpoint) => shardServiceName(context, spec, shard, endpoint)),
    ),
  );
  const services = await context.client.listServices(nodeSelector(context, spec.groupKey));
  const ofShards = services.filter(({ metadata }) => metadata?.annotations?.[cacheAnnotations.primary] !== undefined);
  const gone = ofShards.map(({ metadata }) => metadata?.name ?? "").filter((name) => !wanted.has(name));
  await Promise.all(gone.map((name) => context.client.deleteService(name)));
}

function shardServiceName(
  context: CacheContext,
  spec: CacheGroupSpec,
  shard: CacheShardSpec,
  endpoint: ShardEndpoint,
): string {
  return serviceName(spec.groupId, `${spec.groupKey}/${shard.shardId}/${endpoint}`, context.installation);
}
