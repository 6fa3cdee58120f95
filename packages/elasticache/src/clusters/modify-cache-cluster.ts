import { changedAccess } from "../access/change-access.ts";
import { clusterState, fault, invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { driveClusterAccess } from "../transitions/access.ts";
import { drive, driveParameters } from "../transitions/transitions.ts";
import { clusterView } from "./cluster-view.ts";
import { clusterNamed, requireAvailable } from "./find-cluster.ts";
import { planModification } from "./plan-modification.ts";

/** AWS ModifyCacheCluster. */
export const modifyCacheCluster: Operation<"ModifyCacheCluster"> = (plane, input, context) => {
  const cluster = clusterNamed(plane, context, input.CacheClusterId);
  refuseUnsupported(input);
  refuseNodeChanges(input, cluster);
  if (cluster.replicationGroupId !== undefined && changesEngineOrAccess(input))
    throw clusterState(
      `Cache cluster ${cluster.id} is a member of replication group ${cluster.replicationGroupId}. Use ModifyReplicationGroup.`,
    );
  const planned = planModification(plane, cluster, input);
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
  const count = input.NumCacheNodes ?? 1;
  if (!Number.isInteger(count) || count < 1)
    throw invalidValue(`The parameter NumCacheNodes must be at least 1, and is ${count}.`);
  if (count > 1 && cluster.engine !== "memcached")
    throw invalidCombination("Cannot have a Redis cluster with a NumCacheNodes parameter greater than 1.");
  if (count > 40)
    throw fault("NodeQuotaForClusterExceededFault", `A memcached cluster can have at most 40 nodes, not ${count}.`);
  if (count > 1) throw unsupported("A memcached cluster of more than one node", "Set NumCacheNodes to 1.");
  if ((input.CacheNodeIdsToRemove ?? []).length > 0)
    throw invalidCombination("The last node of a cache cluster cannot be removed. Use DeleteCacheCluster.");
  if (input.AZMode === "cross-az" || (input.NewAvailabilityZones ?? []).length > 0)
    throw unsupported("AZMode cross-az", "A cluster of one node is single-az.");
  if (input.ScaleConfig !== undefined) throw unsupported("ScaleConfig", "Use CacheNodeType.");
  if (filled(input.NotificationTopicStatus) !== undefined)
    throw unsupported("Notification over SNS", "Leave out NotificationTopicStatus.");
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
