import { FcError } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { CacheContext } from "../node/cache-context.ts";
import { resourceServices } from "../node/find-node.ts";
import { endpointOf } from "../node/service-route.ts";
import { cacheAnnotations } from "../pod/cache-names.ts";

/**
 * The nodes of a memcached cluster in the words of AWS's auto discovery, by their Services' addresses; undefined for what is not a configuration
 * endpoint.
 * @throws FcError `FC_CACHE_NO_SERVICE` for a node that was not started.
 */
export async function discoveredNodes(
  context: CacheContext,
  spec: CacheNodeSpec,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (spec.discovers === undefined) return undefined;
  const services = await resourceServices(context, spec, signal);
  const nodes = spec.discovers.nodes.map((nodeKey) => {
    const service = services.find(({ metadata }) => metadata?.annotations?.[cacheAnnotations.nodeKey] === nodeKey);
    if (service === undefined) throw new FcError("FC_CACHE_NO_SERVICE", `Node ${nodeKey} has no Service`);
    return [endpointOf(context, service), service.spec?.clusterIP, service.spec?.ports?.[0]?.port].join("|");
  });
  return nodes.join(" ");
}
