import { clusterNamed, requireAvailable } from "../clusters/find-cluster.ts";
import { requireNodeQuota } from "../clusters/plan-cluster.ts";
import { clusterState, invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { AccessSettings, CacheClusterRecord } from "../state/records.ts";
import { furtherReplicas, replicaRecord } from "./begin-scaling.ts";
import type { Placement } from "./plan-members.ts";

type CreateInput = Input<"CreateReplicationGroup">;

/**
 * The members of a group whose primary is a cache cluster that there is: that one, with its id, address and data, and new replicas.
 * @throws AwsError `CacheClusterNotFound`, `InvalidCacheClusterState`; `InvalidParameterCombination` for settings that the cluster has
 * otherwise.
 */
export function adoptPrimary(
  plane: Plane,
  scope: Scope,
  input: CreateInput,
  of: { readonly groupId: string; readonly placement: Placement },
): { readonly members: CacheClusterRecord[]; readonly access: AccessSettings } {
  const cluster = clusterNamed(plane, scope, input.PrimaryClusterId);
  if (cluster.engine === "memcached")
    throw invalidValue(`Cache cluster ${cluster.id} runs memcached; a replication group needs redis or valkey.`);
  if (cluster.replicationGroupId !== undefined)
    throw clusterState(`Cache cluster ${cluster.id} is in replication group ${cluster.replicationGroupId} already.`);
  requireAvailable(cluster);
  if (cluster.access?.transitEncryption !== undefined)
    throw unsupported("Making a replication group of an encrypted cache cluster", "Restore a snapshot of it instead.");
  refuseOtherSettings(input, cluster);
  const { groupId, placement } = of;
  requireNodeQuota(plane, scope, placement.nodes - 1);
  const group = { account: cluster.account, region: cluster.region, id: groupId };
  const { access = {}, ...settings } = cluster;
  const primary: CacheClusterRecord = {
    ...settings,
    status: "modifying",
    transition: { kind: "group" },
    replicationGroupId: groupId,
  };
  const replicas = furtherReplicas(plane, group, 1, { count: placement.nodes - 1, zones: placement.zones });
  return { members: [primary, ...replicas.map((replica) => replicaRecord(plane, group, primary, replica))], access };
}

/** The group has what the cluster has. */
function refuseOtherSettings(input: CreateInput, cluster: CacheClusterRecord): void {
  const has: Readonly<Record<string, unknown>> = {
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    CacheNodeType: cluster.nodeType,
    CacheParameterGroupName: cluster.parameterGroup,
    CacheSubnetGroupName: cluster.subnetGroup,
    Port: cluster.port,
    TransitEncryptionEnabled: false,
    AtRestEncryptionEnabled: cluster.atRestEncryption === true,
  };
  for (const [member, value] of Object.entries(has)) {
    const asked = input[member as keyof CreateInput];
    const differs =
      typeof asked === "string" ? filled(asked) !== undefined && asked.toLowerCase() !== value : asked !== value;
    if (asked !== undefined && differs)
      throw invalidCombination(
        `${member} cannot be changed with PrimaryClusterId: cache cluster ${cluster.id} has ${value}.`,
      );
  }
  if ((input.SnapshotArns ?? []).length > 0)
    throw invalidCombination("SnapshotArns cannot be used with PrimaryClusterId.");
  for (const member of ["SnapshotName", "AuthToken"] as const)
    if (filled(input[member]) !== undefined)
      throw invalidCombination(`${member} cannot be used with PrimaryClusterId.`);
}
