import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";

type CreateInput = Input<"CreateReplicationGroup">;

const given = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

/**
 * Refuses every group that would not be exactly one node without cluster mode.
 * @throws AwsError `InvalidParameterValue` for numbers that AWS refuses too, else `InvalidParameterCombination`.
 */
export function refuseTopologies(input: CreateInput): void {
  const nodes = within("NumCacheClusters", input.NumCacheClusters, 1, 6);
  const shards = within("NumNodeGroups", input.NumNodeGroups, 1, 500);
  const replicas = within("ReplicasPerNodeGroup", input.ReplicasPerNodeGroup, 0, 5);
  if (input.AutomaticFailoverEnabled === true && nodes < 2 && replicas < 1)
    throw invalidCombination(
      "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
    );
  if (nodes > 1) throw unsupported("A replication group with replicas", "Set NumCacheClusters to 1.");
  if (replicas > 0) throw unsupported("A replication group with replicas", "Set ReplicasPerNodeGroup to 0.");
  if (shards > 1) throw unsupported("Cluster mode", "Set NumNodeGroups to 1.");
  if (input.MultiAZEnabled === true)
    throw invalidCombination("Multi-AZ must be used with automatic failover, which needs at least 2 cache clusters.");
  if (input.ClusterMode !== undefined && input.ClusterMode !== "disabled")
    throw unsupported("Cluster mode", "Set ClusterMode to disabled.");
  refuseSources(input);
}

function refuseSources(input: CreateInput): void {
  if (given(input.NodeGroupConfiguration))
    throw unsupported("NodeGroupConfiguration", "Leave it out: the group has one node.");
  if (filled(input.GlobalReplicationGroupId) !== undefined)
    throw unsupported("A global datastore", "Leave out GlobalReplicationGroupId.");
  if (filled(input.PrimaryClusterId) !== undefined)
    throw unsupported("Making a replication group of a cache cluster", "Leave out PrimaryClusterId.");
  if (filled(input.ServerlessCacheSnapshotName) !== undefined)
    throw unsupported("Restoring a serverless snapshot", "Leave out ServerlessCacheSnapshotName.");
  if (input.DataTieringEnabled === true) throw unsupported("Data tiering", "Set DataTieringEnabled to false.");
  if ((input.PreferredCacheClusterAZs ?? []).length > 1)
    throw invalidCombination("More PreferredCacheClusterAZs are given than the group has cache clusters.");
}

function within(member: string, value: number | undefined, min: number, max: number): number {
  const count = value ?? min;
  if (!Number.isInteger(count) || count < min || count > max)
    throw invalidValue(`The parameter ${member} must be between ${min} and ${max}, and is ${count}.`);
  return count;
}
