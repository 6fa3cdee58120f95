import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { groupServes, settleGroup } from "./group-outcome.ts";
import { groupSpec } from "./group-spec.ts";
import { onlyNodeId } from "./node-spec.ts";

/** Ends a `failover`: the named member is the primary, or, after a failure, the former one still is. */
export async function failOverGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group?.transition?.kind !== "failover") return;
  const { shardId, to, test } = group.transition;
  const from = group.shards.find((shard) => shard.id === shardId)?.primaryId ?? "";
  const target = membersOf(plane, group).find((member) => member.id === to);
  const call = {
    what: `failing over replication group ${group.id} to ${to}`,
    timeoutSeconds: plane.settings.rebootTimeoutSeconds,
    signal,
  };
  try {
    if (target === undefined) throw new Error(`${to} is no longer a member`);
    const status = await callBackend(plane, call, (options) =>
      plane.backend.failover(groupSpec(plane, group), { ...options, nodeKey: target.node.nodeKey }),
    );
    groupServes(plane, group, status, (serving) => {
      failoverCompleted(plane, serving, { from, to });
      if (!test) return;
      plane.events.add(serving, "cache-cluster", from, `Recovering cache nodes ${onlyNodeId}`);
      plane.events.add(serving, "cache-cluster", from, `Finished recovery for cache nodes ${onlyNodeId}`);
    });
  } catch (error) {
    if (signal.aborted) return;
    const message = `Failover from primary node ${from} to replica node ${to} failed: ${failureText(error)}`;
    plane.logger.warn({ group: group.id, account: group.account, region: group.region }, message);
    plane.state.transaction(() => {
      const kept = plane.state.updateGroup(group, ({ transition: _ended, ...current }) => current);
      if (kept === undefined) return;
      settleGroup(plane, kept);
      plane.events.add(kept, "replication-group", kept.id, message);
    });
  }
}

/** AWS's words, for the group and for the new primary. To be called in a transaction. */
export function failoverCompleted(
  plane: Plane,
  group: ReplicationGroupRecord,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  const message = `Failover from primary node ${from} to replica node ${to} completed`;
  plane.events.add(group, "cache-cluster", to, message);
  plane.events.add(group, "replication-group", group.id, message);
}
