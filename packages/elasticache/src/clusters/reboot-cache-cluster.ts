import { clusterState, invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { CacheClusterRecord, CacheNodeRecord } from "../state/records.ts";
import { onlyNodeId } from "../transitions/node-spec.ts";
import { drive } from "../transitions/transitions.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed, requireAvailable } from "./find-cluster.ts";

/** AWS RebootCacheCluster: a new engine process behind the same endpoint, with the parameters as they are now. */
export const rebootCacheCluster: Operation<"RebootCacheCluster"> = (plane, input, context) => {
  const cluster = clusterNamed(plane, context, input.CacheClusterId);
  const nodes = input.CacheNodeIdsToReboot ?? [];
  if (nodes.length === 0)
    throw invalidValue("The parameter CacheNodeIdsToReboot must be provided and must not be blank.");
  const known = cluster.cacheNodes?.map(({ id }) => id) ?? [onlyNodeId];
  for (const node of nodes)
    if (!known.includes(node))
      throw invalidValue(`The cache cluster ${cluster.id} has no node ${node}, only ${known.join(", ")}.`);
  if (cluster.clusterEnabled === true)
    throw clusterState(
      `Cache cluster ${cluster.id} is in replication group ${cluster.replicationGroupId}: rebooting is not supported on clusters with cluster mode enabled.`,
    );
  requireAvailable(cluster);
  const rebooting: CacheClusterRecord = {
    ...cluster,
    status: "rebooting cache cluster nodes",
    transition: { kind: "reboot", nodeIds: [...new Set(nodes)] },
    ...(cluster.cacheNodes === undefined
      ? {}
      : { cacheNodes: cluster.cacheNodes.map((node) => (nodes.includes(node.id) ? rebooted(node) : node)) }),
  };
  plane.state.clusters.set(rebooting);
  drive(plane, rebooting);
  return { CacheCluster: clusterView(rebooting, { nodes: true }) };
};

function rebooted(node: CacheNodeRecord): CacheNodeRecord {
  return { ...node, status: "rebooting cache cluster nodes" };
}
