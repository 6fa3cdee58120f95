import { allowedModifications } from "../engines/node-types.ts";
import { invalidCombination } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { groupNamed, primaryOf } from "../replication-groups/find-group.ts";
import { lookup } from "../requests/identifiers.ts";
import { clusterNamed } from "./find-cluster.ts";

/** AWS ListAllowedNodeTypeModifications: by the memory of the node types. */
export const listAllowedNodeTypeModifications: Operation<"ListAllowedNodeTypeModifications"> = (
  plane,
  input,
  context,
) => {
  const clusterId = lookup(input.CacheClusterId);
  const groupId = lookup(input.ReplicationGroupId);
  if ((clusterId === undefined) === (groupId === undefined))
    throw invalidCombination("Either CacheClusterId or ReplicationGroupId must be provided, and not both.");
  const cluster =
    groupId === undefined
      ? clusterNamed(plane, context, clusterId)
      : primaryOf(plane, groupNamed(plane, context, groupId));
  const { up, down } = allowedModifications(cluster.nodeType);
  return { ScaleUpModifications: up, ScaleDownModifications: down };
};
