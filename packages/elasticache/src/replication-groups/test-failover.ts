import { fault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { given, required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { driveGroup } from "../transitions/group-transitions.ts";
import { groupNamed, requireGroupAvailable } from "./find-group.ts";
import { groupView } from "./group-view.ts";

/** AWS's limit of node groups in any 24 hours, for all replication groups of an account in a region. */
const maxADay = 15;
const dayMs = 24 * 60 * 60_000;
const called = "Test Failover API called for node group";

/** AWS TestFailover: a replica becomes the primary, and the former primary a replica. */
export const testFailover: Operation<"TestFailover"> = (plane, input, context) => {
  const group = groupNamed(plane, context, input.ReplicationGroupId);
  const shardId = required(given(input.NodeGroupId, "NodeGroupId"), "NodeGroupId");
  const shard = group.shards.find(({ id }) => id === shardId);
  if (shard === undefined)
    throw fault("NodeGroupNotFoundFault", `Replication group ${group.id} has no node group ${shardId}.`);
  const to = shard.memberIds.find((id) => id !== shard.primaryId);
  if (!group.automaticFailover || to === undefined)
    throw fault(
      "TestFailoverNotAvailableFault",
      `Failover cannot be tested: automatic failover of replication group ${group.id} is not enabled.`,
    );
  requireGroupAvailable(plane, group);
  if (testsOfToday(plane, context) >= maxADay)
    throw fault(
      "APICallRateForCustomerExceededFault",
      `TestFailover can be called for at most ${maxADay} node groups in 24 hours.`,
    );
  const failing: ReplicationGroupRecord = {
    ...group,
    status: "modifying",
    transition: { kind: "failover", shardId, to, test: true },
  };
  plane.state.transaction(() => {
    plane.state.groups.set(failing);
    plane.events.add(group, "replication-group", group.id, `${called} ${shardId}`);
  });
  driveGroup(plane, failing);
  return { ReplicationGroup: groupView(plane, failing) };
};

function testsOfToday(plane: Plane, scope: Scope): number {
  const since = plane.clock.now() - dayMs;
  return plane.events.list(scope).filter(({ message, atMs }) => atMs > since && message.startsWith(called)).length;
}
