import type { CacheGroupStatus } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import { forgetMembers } from "./forget-members.ts";
import { groupServes, groupUnusable } from "./group-outcome.ts";
import { removeNode } from "./remove-node.ts";
import { startGroup } from "./start-group.ts";
import { tellOfCreation } from "./tell-of-creation.ts";

/**
 * Ends a `scale`: new replicas serve, those that go are gone. When the new ones cannot be had, they go again, with the reason in an
 * event, and the group is what it was.
 */
export async function scaleGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group?.transition?.kind !== "scale") return;
  const { adding, removing } = group.transition;
  let gone = removing;
  let status: CacheGroupStatus;
  let failure: string | undefined;
  try {
    status = await startGroup(plane, group, signal, { without: removing });
  } catch (error) {
    if (signal.aborted) return;
    failure = failureText(error);
    gone = [...removing, ...adding];
    const before = await startGroupOrEnd(plane, group, gone, signal);
    if (before === undefined) return;
    status = before;
  }
  const going = membersOf(plane, group).filter(({ id }) => gone.includes(id));
  await Promise.all(going.map((member) => removeNode(plane, member, signal)));
  if (signal.aborted) return;
  plane.state.transaction(() => {
    forgetMembers(plane, group, going);
    groupServes(plane, group, status, (serving) => {
      for (const member of membersOf(plane, serving)) if (adding.includes(member.id)) tellOfCreation(plane, member);
      const message = failure === undefined ? "Finished" : `Failed to add ${adding.join(", ")}: ${failure}. Ended`;
      plane.events.add(serving, "replication-group", serving.id, `${message} modifying the number of replicas`);
    });
  });
}

/** The group as it was. When even that cannot be had, it is unusable and says so. */
async function startGroupOrEnd(
  plane: Plane,
  group: ReplicationGroupRecord,
  without: readonly string[],
  signal: AbortSignal,
): Promise<CacheGroupStatus | undefined> {
  try {
    return await startGroup(plane, group, signal, { without });
  } catch (error) {
    if (!signal.aborted)
      groupUnusable(plane, group, "incompatible-network", `The group cannot be reached: ${failureText(error)}`);
    return undefined;
  }
}
