import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input } from "../operation.ts";
import { isClusterEnabled, parameterGroup } from "../parameter-groups/values.ts";
import type { Plane } from "../plane.ts";
import { filled } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import { isOfClusterMode } from "../snapshots/restore-source.ts";
import type { SnapshotRecord } from "../state/records.ts";

type CreateInput = Input<"CreateReplicationGroup">;

/**
 * Whether a request means a group in cluster mode: its parameter group says so; without one, ClusterMode, node groups or the snapshot.
 * @throws AwsError `InvalidParameterCombination` for contradictions, and where the backend has no cluster mode.
 */
export function wantsClusterMode(
  plane: Plane,
  scope: Scope,
  input: CreateInput,
  snapshot: SnapshotRecord | undefined,
): boolean {
  const { ClusterMode } = input;
  if (ClusterMode === "compatible")
    throw unsupported("ClusterMode compatible", "Set ClusterMode to enabled or disabled.");
  const name = filled(input.CacheParameterGroupName);
  const byGroup = name === undefined ? undefined : isClusterEnabled(parameterGroup(plane.state, scope, name));
  const asked = ClusterMode === undefined ? undefined : ClusterMode === "enabled";
  if (byGroup !== undefined && asked !== undefined && byGroup !== asked)
    throw invalidCombination(
      `ClusterMode is ${ClusterMode}, but cluster mode is ${byGroup ? "enabled" : "disabled"} in parameter group ${name}.`,
    );
  const configured = input.NodeGroupConfiguration ?? [];
  const sharded =
    (input.NumNodeGroups ?? 1) > 1 ||
    configured.length > 1 ||
    configured.some(({ Slots }) => filled(Slots) !== undefined);
  const wanted = byGroup ?? asked ?? (sharded || (snapshot !== undefined && isOfClusterMode(snapshot)));
  if (!wanted && sharded)
    throw invalidCombination(
      "Several node groups, and Slots, need cluster mode: use a parameter group whose cluster-enabled is yes.",
    );
  if (wanted && plane.backend.clusterMode !== true)
    throw unsupported("Cluster mode", `Its backend ${plane.backend.name} has none: set NumNodeGroups to 1.`);
  return wanted;
}

/** @throws AwsError as AWS does for what a group in cluster mode cannot be made with. */
export function checkClusterMode(input: CreateInput): void {
  if (input.AutomaticFailoverEnabled !== true)
    throw invalidValue("Redis with cluster mode enabled cannot be created with auto failover turned off.");
  if (filled(input.PrimaryClusterId) !== undefined)
    throw invalidCombination("PrimaryClusterId cannot be used for a replication group with cluster mode enabled.");
  if ((input.PreferredCacheClusterAZs ?? []).length > 0)
    throw invalidCombination(
      "PreferredCacheClusterAZs cannot be used with cluster mode enabled: use NodeGroupConfiguration.",
    );
}
