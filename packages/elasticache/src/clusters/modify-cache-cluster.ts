import { changedAccess } from "../access/change-access.ts";
import { clusterState, invalidCombination, unsupported } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { driveClusterAccess } from "../transitions/access.ts";
import { drive, driveParameters } from "../transitions/transitions.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed, requireAvailable } from "./find-cluster.ts";
import { nodeCount, plannedCount } from "./memcached-nodes.ts";
import { requireNodeQuota } from "./plan-cluster.ts";
import { type Modification, planModification } from "./plan-modification.ts";

/** AWS ModifyCacheCluster. */
export const modifyCacheCluster: Operation<"ModifyCacheCluster"> = (plane, input, context) => {
  const cluster = clusterNamed(plane, context, input.CacheClusterId);
  refuseUnsupported(input);
  refuseNodeChanges(input, cluster);
  if (cluster.replicationGroupId !== undefined && changesEngineOrAccess(input))
    throw clusterState(
      `Cache cluster ${cluster.id} is a member of replication group ${cluster.replicationGroupId}. Use ModifyReplicationGroup.`,
    );
  const planned = withNodeCount(plane, planModification(plane, cluster, input), input);
  const pendingAccess = changedAccess(plane.state, context, input, {
    ...planned.cluster,
    settings: cluster.access ?? {},
    nowMs: plane.clock.now(),
  });
  if (!planned.changed && !asksForSomething(input)) throw invalidCombination("No modifications were requested");
  requireAvailable(cluster);
  const changed: CacheClusterRecord = { ...planned.cluster, ...(pendingAccess === undefined ? {} : { pendingAccess }) };
  plane.state.clusters.set(changed);
  drive(plane, changed);
  if (planned.applyParameters) driveParameters(plane, changed);
  if (pendingAccess !== undefined) driveClusterAccess(plane, changed);
  return { CacheCluster: clusterView(changed) };
};

function refuseNodeChanges(input: Input<"ModifyCacheCluster">, cluster: CacheClusterRecord): void {
  if (cluster.engine !== "memcached") {
    nodeCount(input.NumCacheNodes, cluster.engine);
    if ((input.CacheNodeIdsToRemove ?? []).length > 0)
      throw invalidCombination("The last node of a cache cluster cannot be removed. Use DeleteCacheCluster.");
    if (input.AZMode === "cross-az" || (input.NewAvailabilityZones ?? []).length > 0)
      throw invalidCombination("AZMode and NewAvailabilityZones are supported for memcached only.");
  }
  if (input.ScaleConfig !== undefined) throw unsupported("ScaleConfig", "Use CacheNodeType.");
  if (filled(input.NotificationTopicStatus) !== undefined)
    throw unsupported("Notification over SNS", "Leave out NotificationTopicStatus.");
}

/** At once with ApplyImmediately, else in the maintenance window; asking for the number that there is cancels what waits. */
function withNodeCount(plane: Plane, planned: Modification, input: Input<"ModifyCacheCluster">): Modification {
  if (planned.cluster.engine !== "memcached") return planned;
  const change = plannedCount(input, planned.cluster);
  if (change === undefined) return planned;
  const { pendingNodes: _replaced, ...cluster } = planned.cluster;
  if (change === "none") return { ...planned, cluster };
  requireNodeQuota(plane, cluster, change.count - (cluster.cacheNodes?.length ?? 0));
  const pending: CacheClusterRecord = { ...cluster, pendingNodes: change };
  if (input.ApplyImmediately !== true) return { ...planned, changed: true, cluster: pending };
  return { ...planned, changed: true, cluster: { ...pending, status: "modifying", transition: { kind: "modify" } } };
}

function changesEngineOrAccess(input: Input<"ModifyCacheCluster">): boolean {
  const { Engine, EngineVersion, CacheNodeType, CacheParameterGroupName, AuthToken } = input;
  return [Engine, EngineVersion, CacheNodeType, CacheParameterGroupName, AuthToken].some(
    (value) => filled(value) !== undefined,
  );
}

/** A request that names values which are set already is fine; one that names none is not. */
function asksForSomething(input: Input<"ModifyCacheCluster">): boolean {
  const { CacheClusterId: _id, ApplyImmediately: _when, ...members } = input;
  return Object.values(members).some((value) => value !== undefined && value !== "");
}
