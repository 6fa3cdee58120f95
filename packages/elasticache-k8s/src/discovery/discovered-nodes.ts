import { FcError } from "@fc/core";
import type { CacheNodeSpec } from "@fc/elasticache/backend";
import type { CacheContext } from "../node/cache-context.ts";
import { findNode } from "../node/find-node.ts";
import { endpointOf } from "../node/service-route.ts";

/**
 * The nodes of a memcached cluster in the words of AWS's auto discovery, by their Services' addresses; undefined for what is not a configuration
 * endpoint.
 * @throws FcError `FC_CACHE_NO_SERVICE` for a node that was not started.
 */
export async function discoveredNodes(context: CacheContext, spec: CacheNodeSpec): Promise<string | undefined> {
  if (spec.discovers === undefined) return undefined;
  const nodes = await Promise.all(
    spec.discovers.nodes.map(async (nodeKey) => {
      const { service } = await findNode(context, nodeKey);
      if (service === undefined) throw new FcError("FC_CACHE_NO_SERVICE", `Node ${nodeKey} has no Service`);
      return [endpointOf(context, service), service.spec?.clusterIP, service.spec?.ports?.[0]?.port].join("|");
    }),
  );
  return nodes.join(" ");
}
