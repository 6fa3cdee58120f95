import type { CacheGroupStatus } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { membersOfShard, slotsOfShards } from "../replication-groups/find-group.ts";
import { towards } from "../slots/slot-layout.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import type { GroupTransition, SlotLayout } from "../state/transition-records.ts";
import { callUntilDone } from "./backend-call.ts";
import { groupIsThere, groupServes } from "./group-outcome.ts";
import { groupSpec } from "./group-spec.ts";
import { recordLayout, removeEmptyShards } from "./reach-layout.ts";
import { startGroup } from "./start-group.ts";
import { tellOfCreation } from "./tell-of-creation.ts";

/** In how many steps the slots move: each has its own deadline and shows in ProgressPercentage. */
const steps = 4;

type Resharding = ReplicationGroupRecord & { readonly transition: GroupTransition & { readonly kind: "reshard" } };

/**
 * Ends a `reshard`: the shards have the slots of its layout, and those without any are gone. When it cannot be had, what has moved moves
 * back, until that is done: no slot is ever without a shard.
 */
export async function reshardGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  for (;;) {
    const group = resharding(plane, begun);
    if (group === undefined) return;
    const { layout, moving } = group.transition;
    const next = towards(slotsOfShards(group), layout, Math.ceil(moving / steps));
    const status = await step(plane, group, next, signal);
    if (signal.aborted) return;
    if (status === undefined) continue;
    if (next === layout) return await finish(plane, group, status, signal);
    plane.state.transaction(() => {
      recordLayout(plane, group, next);
      groupIsThere(plane, group, status);
    });
  }
}

function resharding(plane: Plane, begun: ReplicationGroupRecord): Resharding | undefined {
  const group = plane.state.currentGroup(begun);
  return group?.transition?.kind === "reshard" ? (group as Resharding) : undefined;
}

/** Undefined after a failure, which is stored: from there on the way leads back. */
async function step(
  plane: Plane,
  group: Resharding,
  layout: SlotLayout,
  signal: AbortSignal,
): Promise<CacheGroupStatus | undefined> {
  if (group.transition.failure !== undefined) return await goBack(plane, group, layout, signal);
  try {
    return await startGroup(plane, group, signal, { layout });
  } catch (error) {
    if (signal.aborted) return undefined;
    const failure = failureText(error);
    plane.logger.warn({ group: group.id, account: group.account, region: group.region, failure }, "resharding failed");
    plane.state.updateGroup(group, (current) => ({
      ...current,
      transition: { ...group.transition, layout: group.transition.before, failure },
    }));
    return undefined;
  }
}

async function goBack(
  plane: Plane,
  group: Resharding,
  layout: SlotLayout,
  signal: AbortSignal,
): Promise<CacheGroupStatus | undefined> {
  const call = {
    what: `moving slots of replication group ${group.id} back`,
    timeoutSeconds: plane.settings.createTimeoutSeconds,
    signal,
    onFailure: (error: unknown) =>
      plane.events.add(
        group,
        "replication-group",
        group.id,
        `Slots could not be moved back yet: ${failureText(error)}`,
      ),
  };
  return await callUntilDone(plane, call, (options) =>
    plane.backend.startGroup(groupSpec(plane, group, { layout }), options),
  );
}

async function finish(plane: Plane, group: Resharding, status: CacheGroupStatus, signal: AbortSignal): Promise<void> {
  const { layout, before, failure } = group.transition;
  const gone = await removeEmptyShards(plane, group, layout, signal);
  if (signal.aborted) return;
  plane.state.transaction(() => {
    recordLayout(plane, group, layout, gone);
    groupServes(plane, group, status, (serving) => {
      const added = serving.shards.filter(({ id }) => before[id] === undefined);
      for (const member of added.flatMap((shard) => membersOfShard(plane, serving, shard)))
        tellOfCreation(plane, member);
      const message =
        failure === undefined
          ? "Finished modifying the shard configuration"
          : `Failed to modify the shard configuration, which is as it was: ${failure}`;
      plane.events.add(serving, "replication-group", serving.id, message);
    });
  });
}
