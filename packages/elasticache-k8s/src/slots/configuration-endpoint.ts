import { FcError } from "@fc/core";
import type { CacheGroupSpec, CacheNodeStatus } from "@fc/elasticache/backend";
import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { labelExactly } from "../group/group-endpoints.ts";
import type { CacheContext } from "../node/cache-context.ts";
import { nodeSelector } from "../node/find-node.ts";
import { endpointOf } from "../node/service-route.ts";
import { servicePorts } from "../pod/build-cache-service.ts";
import { cacheMetadata } from "../pod/cache-metadata.ts";
import { cacheLabels, nodeLabel, serviceName } from "../pod/cache-names.ts";

/** The Service of a group's configuration endpoint: it leads to every node that is a member of the cluster. Pure. */
export function buildConfigurationService(spec: CacheGroupSpec, name: string): V1Service {
  const [node] = spec.shards.flatMap(({ nodes }) => nodes);
  if (node === undefined) throw new Error(`${spec.groupId} has no node`);
  const { engine } = node;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: cacheMetadata(
      name,
      { resourceId: spec.groupId, nodeKey: spec.groupKey, engine },
      { labels: { [cacheLabels.endpoint]: "configuration" } },
    ),
    spec: {
      type: "ClusterIP",
      selector: { [cacheLabels.members]: nodeLabel(spec.groupKey) },
      ports: servicePorts(node),
    },
  };
}

function nameOf(context: CacheContext, spec: CacheGroupSpec): string {
  return serviceName(spec.groupId, `${spec.groupKey}/configuration`, context.installation);
}

async function findService(context: CacheContext, spec: CacheGroupSpec): Promise<V1Service | undefined> {
  const services = await context.client.listServices(nodeSelector(context, spec.groupKey));
  return services.find(({ metadata }) => metadata?.name === nameOf(context, spec));
}

/** Makes the Service when there is none. It leads nowhere yet: its address goes into certificates first. */
export async function makeConfigurationService(context: CacheContext, spec: CacheGroupSpec): Promise<void> {
  if ((await findService(context, spec)) !== undefined) return;
  const service = buildConfigurationService(spec, nameOf(context, spec));
  const metadata = context.client.owned(service.metadata ?? {}, "installation", "elasticache");
  await context.client.createService({ ...service, metadata });
}

/** Makes the configuration endpoint lead to exactly these Pods. True when it led to others. */
export async function serveConfiguration(
  context: CacheContext,
  spec: CacheGroupSpec,
  pods: readonly V1Pod[],
): Promise<boolean> {
  return await labelExactly(context, cacheLabels.members, nodeLabel(spec.groupKey), pods);
}

/** Where clients find the cluster, once that is seen to lead to one of these Pods. */
export async function configurationEndpoint(
  context: CacheContext,
  spec: CacheGroupSpec,
  pods: readonly V1Pod[],
  signal: AbortSignal,
): Promise<CacheNodeStatus["endpoint"]> {
  const service = await findService(context, spec);
  if (service === undefined)
    throw new FcError("FC_CACHE_NO_SERVICE", `${spec.groupId} has lost the Service of its configuration endpoint`);
  const [node] = spec.shards.flatMap(({ nodes }) => nodes);
  if (node !== undefined) await context.routes.settled(context, node, service, pods, signal);
  return { address: endpointOf(context, service), port: service.spec?.ports?.[0]?.port ?? 0 };
}
