import { nodeAccess } from "../access/node-access.ts";
import type { CacheNodeSpec } from "../backend/backend.ts";
import { effectiveValues, parameterGroup } from "../parameter-groups/values.ts";
import type { CacheClusterRecord, CacheNodeRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { tagsOf } from "../tags/tag-store.ts";

/** The node id of every cluster that has one node. */
export const onlyNodeId = "0001";

/**
 * The node as the backend must make it, from the records alone: the same at every start, so that parameters and tags survive
 * reboots and restarts.
 */
export function nodeSpec(state: State, cluster: CacheClusterRecord): CacheNodeSpec {
  const tags = tagsOf(state, cluster, "cluster", cluster.id);
  const access = nodeAccess(state, cluster);
  return {
    ...cluster.node,
    ...(cluster.node.resourceType === "replication-group" ? { memberId: cluster.id } : {}),
    account: cluster.account,
    region: cluster.region,
    nodeId: onlyNodeId,
    engine: cluster.engine,
    engineVersion: cluster.engineVersion,
    nodeType: cluster.nodeType,
    port: cluster.port,
    parameters: effectiveValues(parameterGroup(state, cluster, cluster.parameterGroup)),
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    ...(access === undefined ? {} : { access }),
    ...(cluster.clusterEnabled === true ? { clusterEnabled: true } : {}),
  };
}

/** A node of a memcached cluster, in the same way. */
export function memcachedSpec(state: State, cluster: CacheClusterRecord, node: CacheNodeRecord): CacheNodeSpec {
  return {
    ...nodeSpec(state, cluster),
    nodeKey: node.nodeKey,
    nodeId: node.id,
    memberId: `${cluster.id}-${node.id}`,
  };
}

/** The nodes of a memcached cluster that have been started and stay. */
export function stayingNodes({ cacheNodes = [] }: CacheClusterRecord): CacheNodeRecord[] {
  return cacheNodes.filter(({ status }) => status !== "creating" && status !== "deleting");
}

/** What serves the configuration endpoint of a memcached cluster: it tells clients of the nodes that have been started and stay. */
export function configurationSpec(state: State, cluster: CacheClusterRecord): CacheNodeSpec {
  const nodes = stayingNodes(cluster).map(({ nodeKey }) => nodeKey);
  return {
    ...nodeSpec(state, cluster),
    memberId: `${cluster.id}-cfg`,
    discovers: { version: cluster.configurationVersion ?? 1, nodes },
  };
}

/** The backend's names of all that belongs to a cluster. */
export function nodeKeysOf({ node, cacheNodes = [] }: CacheClusterRecord): string[] {
  return [node.nodeKey, ...cacheNodes.map(({ nodeKey }) => nodeKey)];
}
