import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";

type CreateInput = Input<"CreateReplicationGroup">;

/**
 * Refuses what would need cluster mode, and sources of data that are not there.
 * @throws AwsError `InvalidParameterValue` for numbers that AWS refuses too, else `InvalidParameterCombination`.
 */
export function refuseTopologies(input: CreateInput): void {
  const shards = within("NumNodeGroups", input.NumNodeGroups, 1, 500);
  if (shards > 1 || (input.NodeGroupConfiguration ?? []).length > 1)
    throw unsupported("Cluster mode", "Set NumNodeGroups to 1.");
  if (input.ClusterMode !== undefined && input.ClusterMode !== "disabled")
    throw unsupported("Cluster mode", "Set ClusterMode to disabled.");
  if (filled(input.NodeGroupConfiguration?.[0]?.Slots) !== undefined)
    throw unsupported("Cluster mode", "Leave out Slots of NodeGroupConfiguration.");
  if (filled(input.GlobalReplicationGroupId) !== undefined)
    throw unsupported("A global datastore", "Leave out GlobalReplicationGroupId.");
  if (filled(input.ServerlessCacheSnapshotName) !== undefined)
    throw unsupported("Restoring a serverless snapshot", "Leave out ServerlessCacheSnapshotName.");
  if (input.DataTieringEnabled === true) throw unsupported("Data tiering", "Set DataTieringEnabled to false.");
}

/** @throws AwsError `InvalidParameterValue`. */
export function within(member: string, value: number | undefined, min: number, max: number): number {
  const count = value ?? min;
  if (!Number.isInteger(count) || count < min || count > max)
    throw invalidValue(`The parameter ${member} must be between ${min} and ${max}, and is ${count}.`);
  return count;
}

/** @throws AwsError `InvalidParameterCombination` unless a group of `nodes` can have automatic failover and Multi-AZ as wanted. */
export function checkFailover(nodes: number, automaticFailover: boolean, multiAz: boolean): void {
  if (automaticFailover && nodes < 2)
    throw invalidCombination(
      "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
    );
  if (multiAz && !automaticFailover)
    throw invalidCombination("Multi-AZ must be used with automatic failover, which needs at least 2 cache clusters.");
}
