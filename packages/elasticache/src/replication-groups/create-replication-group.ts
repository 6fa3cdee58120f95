import { planAccess } from "../access/plan-access.ts";
import { planCluster } from "../clusters/plan-cluster.ts";
import { fault, invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled, identifier, identifierLengths, required } from "../requests/identifiers.ts";
import { refuseUnsupported } from "../requests/refusals.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { drive } from "../transitions/transitions.ts";
import { groupView } from "./group-view.ts";
import { refuseTopologies } from "./refuse-topologies.ts";

/** AWS CreateReplicationGroup: one primary, which is a cache cluster of its own in every list. */
export const createReplicationGroup: Operation<"CreateReplicationGroup"> = (plane, input, context) => {
  const id = identifier(input.ReplicationGroupId, "ReplicationGroupId", identifierLengths.group);
  const description = required(input.ReplicationGroupDescription, "ReplicationGroupDescription");
  refuseUnsupported(input);
  refuseTopologies(input);
  const tags = requestTags(input.Tags);
  const memberId = `${id}-001`;
  const planned = planCluster(plane, context, input, {
    id: memberId,
    node: { resourceType: "replication-group", resourceId: id },
    availabilityZone: input.PreferredCacheClusterAZs?.[0],
  });
  if (planned.engine === "memcached")
    throw invalidValue("The parameter Engine has the value memcached; a replication group needs redis or valkey.");
  if (plane.state.groups.get(context, id) !== undefined)
    throw fault("ReplicationGroupAlreadyExistsFault", `Replication group ${id} already exists.`);
  if (plane.state.clusters.get(context, memberId) !== undefined)
    throw invalidValue(`Cache cluster ${memberId} already exists.`);
  const access = planAccess(plane.state, context, input, { ...planned, nowMs: plane.clock.now() });
  const atRestEncryption = input.AtRestEncryptionEnabled === true;
  const member: CacheClusterRecord = { ...planned, replicationGroupId: id, atRestEncryption };
  const kmsKeyId = filled(input.KmsKeyId);
  const group: ReplicationGroupRecord = {
    account: member.account,
    region: member.region,
    id,
    description,
    status: "creating",
    memberId,
    access,
    atRestEncryption,
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    createdAtMs: member.createdAtMs,
  };
  plane.state.transaction(() => {
    plane.state.groups.set(group);
    plane.state.clusters.set(member);
    setTags(plane.state, group, "replicationgroup", id, tags);
    setTags(plane.state, group, "cluster", memberId, tags);
  });
  drive(plane, member);
  return { ReplicationGroup: groupView(group, member) };
};
