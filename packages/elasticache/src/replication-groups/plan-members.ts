import { type NodeRequest, planCluster, requireNodeQuota } from "../clusters/plan-cluster.ts";
import { invalidCombination, invalidValue } from "../errors.ts";
import type { Input } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import { spreadZone } from "../requests/zones.ts";
import type { Scope } from "../scope.ts";
import type { CacheClusterRecord } from "../state/records.ts";
import { within } from "./refuse-topologies.ts";

type CreateInput = Input<"CreateReplicationGroup">;

/** AWS's limit: a primary and five replicas. */
export const maxReplicas = 5;

/** How many nodes a request wants, and where. */
export interface Placement {
  readonly nodes: number;
  /** One per node, as far as they are given; the primary's first. */
  readonly zones: readonly string[];
}

/** A node group as a request wants it. */
export interface PlannedShard extends Placement {
  readonly shardId: string;
  /** In cluster mode. */
  readonly slots?: string;
}

/** Where a request says how many nodes there are. */
type CountInput = Pick<
  CreateInput,
  "NumCacheClusters" | "ReplicasPerNodeGroup" | "NodeGroupConfiguration" | "PreferredCacheClusterAZs"
>;

/**
 * Reads the three ways to say how many nodes there are: NumCacheClusters, ReplicasPerNodeGroup, NodeGroupConfiguration.
 * @throws AwsError `InvalidParameterValue` outside AWS's limits, `InvalidParameterCombination` when they contradict each other.
 */
export function placementOf(input: CountInput): Placement {
  const clusters =
    input.NumCacheClusters === undefined
      ? undefined
      : within("NumCacheClusters", input.NumCacheClusters, 1, maxReplicas + 1);
  const [configuration] = input.NodeGroupConfiguration ?? [];
  const asked = configuration?.ReplicaCount ?? input.ReplicasPerNodeGroup;
  const replicas = asked === undefined ? undefined : within("ReplicasPerNodeGroup", asked, 0, maxReplicas);
  if (clusters !== undefined && replicas !== undefined && clusters !== replicas + 1)
    throw invalidCombination(
      `NumCacheClusters is ${clusters}, but ${replicas} replicas and a primary are ${replicas + 1} cache clusters.`,
    );
  const zones =
    configuration === undefined
      ? (input.PreferredCacheClusterAZs ?? [])
      : [configuration.PrimaryAvailabilityZone ?? "", ...(configuration.ReplicaAvailabilityZones ?? [])];
  const nodes = clusters ?? (replicas ?? 0) + 1;
  if (zones.length > nodes)
    throw invalidCombination(`${zones.length} availability zones are given for a group of ${nodes} cache clusters.`);
  return { nodes, zones };
}

/** `<group>-001`… as AWS names the members of a group without cluster mode; `<group>-0001-001` with it. */
export function memberIdOf(groupId: string, index: number, shardId?: string): string {
  return [groupId, ...(shardId === undefined ? [] : [shardId]), String(index).padStart(3, "0")].join("-");
}

/**
 * The records of new members, shard by shard, which the group's own transition brings up.
 * @throws AwsError for everything that AWS refuses, and `InvalidParameterValue` when a cluster with such an id exists.
 */
export function planMembers(
  plane: Plane,
  scope: Scope,
  request: NodeRequest & { readonly AtRestEncryptionEnabled?: boolean | undefined },
  of: { readonly groupId: string; readonly shards: readonly PlannedShard[] },
): CacheClusterRecord[] {
  const { groupId, shards } = of;
  requireNodeQuota(
    plane,
    scope,
    shards.reduce((sum, { nodes }) => sum + nodes, 0),
  );
  const places = shards.flatMap(({ nodes, zones, shardId, slots }, shard) =>
    Array.from({ length: nodes }, (_, index) => ({
      id: memberIdOf(groupId, index + 1, slots === undefined ? undefined : shardId),
      zone: filled(zones[index]) ?? spreadZone(scope.region, shard + index),
    })),
  );
  let first: CacheClusterRecord | undefined;
  return places.map(({ id, zone }): CacheClusterRecord => {
    const at = {
      id,
      node: { resourceType: "replication-group" as const, resourceId: groupId },
      clusterMode: shards[0]?.slots !== undefined,
      availabilityZone: zone,
    };
    const planned = planCluster(plane, scope, request, at);
    if (planned.engine === "memcached")
      throw invalidValue("The parameter Engine has the value memcached; a replication group needs redis or valkey.");
    if (plane.state.clusters.get(scope, id) !== undefined) throw invalidValue(`Cache cluster ${id} already exists.`);
    first ??= planned;
    const { maintenanceWindow, snapshotWindow } = first;
    return {
      ...planned,
      maintenanceWindow,
      ...(snapshotWindow === undefined ? {} : { snapshotWindow }),
      transition: { kind: "group" },
      replicationGroupId: groupId,
      atRestEncryption: request.AtRestEncryptionEnabled === true,
    };
  });
}
