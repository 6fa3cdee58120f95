import { nodeAccess } from "../access/node-access.ts";
import type { CacheNodeSpec } from "../backend/backend.ts";
import { effectiveValues, parameterGroup } from "../parameter-groups/values.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { tagsOf } from "../tags/tag-store.ts";

/** The node id of every cluster: there is one node. */
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
  };
}
