import { invalidCombination, invalidValue, unsupported } from "../errors.ts";
import type { Input } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";

type CreateInput = Input<"CreateReplicationGroup">;

/**
 * Refuses topologies and sources of data that are not there.
 * @throws AwsError `InvalidParameterCombination`.
 */
export function refuseTopologies(input: CreateInput): void {
  if (filled(input.GlobalReplicationGroupId) !== undefined)
    throw unsupported("A global datastore", "Leave out GlobalReplicationGroupId.");
  if (filled(input.ServerlessCacheSnapshotName) !== undefined)
    throw unsupported("Restoring a serverless snapshot", "Leave out ServerlessCacheSnapshotName.");
  if (input.DataTieringEnabled === true) throw unsupported("Data tiering", "Set DataTieringEnabled to false.");
}

export interface FailoverSettings {
  readonly automaticFailover: boolean;
  readonly multiAz: boolean;
  readonly clusterMode?: boolean | undefined;
}

/** @throws AwsError `InvalidParameterValue`. */
export function within(member: string, value: number | undefined, min: number, max: number): number {
  const count = value ?? min;
  if (!Number.isInteger(count) || count < min || count > max)
    throw invalidValue(`The parameter ${member} must be between ${min} and ${max}, and is ${count}.`);
  return count;
}

/** @throws AwsError `InvalidParameterCombination` unless a group of `nodes` can have automatic failover and Multi-AZ as wanted. */
export function checkFailover(
  nodes: number,
  { automaticFailover, multiAz, clusterMode = false }: FailoverSettings,
): void {
  if (clusterMode) {
    // A shard without a replica has none to fail over to, and AWS lets it be.
    if (multiAz && nodes < 2)
      throw invalidCombination("Multi-AZ must be used with at least one replica in every node group.");
    return;
  }
  if (automaticFailover && nodes < 2)
    throw invalidCombination(
      "When using automatic failover, there must be at least 2 cache clusters in the replication group.",
    );
  if (multiAz && !automaticFailover)
    throw invalidCombination("Multi-AZ must be used with automatic failover, which needs at least 2 cache clusters.");
}
