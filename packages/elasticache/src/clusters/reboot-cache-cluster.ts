import { invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { CacheClusterRecord } from "../state/records.ts";
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
  for (const node of nodes)
    if (node !== onlyNodeId)
      throw invalidValue(`The cache cluster ${cluster.id} has no node ${node}, only ${onlyNodeId}.`);
  requireAvailable(cluster);
  const rebooting: CacheClusterRecord = {
    ...cluster,
    status: "rebooting cache cluster nodes",
    transition: { kind: "reboot" },
  };
  plane.state.clusters.set(rebooting);
  drive(plane, rebooting);
  return { CacheCluster: clusterView(rebooting, { nodes: true }) };
};
