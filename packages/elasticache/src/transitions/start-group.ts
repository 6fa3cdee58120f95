import type { CacheGroupStatus } from "../backend/backend.ts";
import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { membersOf } from "../replication-groups/find-group.ts";
import type { ReplicationGroupRecord } from "../state/records.ts";
import type { SlotLayout, StoredBytes } from "../state/transition-records.ts";
import { groupIsThere, groupServes, groupUnusable } from "./group-outcome.ts";
import { groupSpec } from "./group-spec.ts";
import { recordLayout, removeEmptyShards } from "./reach-layout.ts";
import { importSeed } from "./seed.ts";
import { startWithRetries } from "./start-call.ts";
import { failureStatus } from "./start-node.ts";
import { tellOfCreation } from "./tell-of-creation.ts";

/** Ends `creating`: `available` once every member serves, or `create-failed` with the reason in an event. */
export async function createGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group?.transition?.kind !== "create") return;
  const { snapshotName, seed } = group.transition;
  const restore: Record<string, StoredBytes> = { ...group.transition.restore };
  try {
    await seedShards(plane, group, { seed, restore }, signal);
    const hasData = Object.keys(restore).length > 0;
    const arrived = await startGroup(plane, group, signal, hasData ? { restore } : {});
    // A process that died in between finds either: it begins with the layout that the data came with again.
    const { layout } = group.transition;
    const status = layout === undefined ? arrived : await startGroup(plane, group, signal, { layout });
    const gone = layout === undefined ? [] : await removeEmptyShards(plane, group, layout, signal);
    if (signal.aborted) return;
    plane.state.transaction(() => {
      if (layout !== undefined) recordLayout(plane, group, layout, gone);
      groupServes(plane, group, status, (serving) => created(plane, serving, { snapshotName, seed }));
    });
  } catch (error) {
    if (signal.aborted) return;
    const message = `Failed to create replication group ${group.id}: ${failureText(error)}`;
    groupUnusable(plane, group, failureStatus(error, snapshotName !== undefined || seed !== undefined), message);
  } finally {
    await plane.bytes.release(...Object.values(restore).map(({ sha256 }) => sha256));
  }
}

/** Tells of a group that serves from now on. */
function created(
  plane: Plane,
  serving: ReplicationGroupRecord,
  data: { readonly snapshotName: string | undefined; readonly seed: Readonly<Record<string, string>> | undefined },
): void {
  const { snapshotName, seed = {} } = data;
  const from = snapshotName === undefined ? Object.values(seed).join(", ") : `snapshot ${snapshotName}`;
  const restored = from === "" ? undefined : `Restored from ${from}`;
  for (const member of membersOf(plane, serving)) {
    if (restored !== undefined) plane.events.ofCluster(member, restored);
    tellOfCreation(plane, member);
  }
  if (restored !== undefined) plane.events.add(serving, "replication-group", serving.id, restored);
  plane.events.add(serving, "replication-group", serving.id, `Replication group ${serving.id} created`);
}

/** Fills `restore`. From here on the creation restores what the files had, whatever becomes of them; what is read already is not again. */
async function seedShards(
  plane: Plane,
  group: ReplicationGroupRecord,
  data: {
    readonly seed: Readonly<Record<string, string>> | undefined;
    readonly restore: Record<string, StoredBytes>;
  },
  signal: AbortSignal,
): Promise<void> {
  const { seed = {}, restore } = data;
  for (const [shardId, arn] of Object.entries(seed)) {
    if (restore[shardId] !== undefined) continue;
    await importSeed(plane, { region: group.region, arn, signal }, (bytes) => {
      restore[shardId] = bytes;
      plane.state.updateGroup(group, (current) =>
        current.transition?.kind === "create"
          ? { ...current, transition: { ...current.transition, restore: { ...restore } } }
          : current,
      );
    });
  }
}

/** Makes sure that all members of a known group run and have their roles: after a restart of this process. */
export async function adoptGroup(plane: Plane, begun: ReplicationGroupRecord, signal: AbortSignal): Promise<void> {
  const group = plane.state.currentGroup(begun);
  if (group === undefined) return;
  try {
    const status = await startGroup(plane, group, signal);
    if (group.transition === undefined) groupServes(plane, group, status);
    else groupIsThere(plane, group, status);
  } catch (error) {
    if (signal.aborted) return;
    const message = `Failed to recover replication group ${group.id}: ${failureText(error)}`;
    groupUnusable(plane, group, failureStatus(error, false), message);
  }
}

/** Asks the backend for the group as the records have it. */
export function startGroup(
  plane: Plane,
  group: ReplicationGroupRecord,
  signal: AbortSignal,
  options: {
    readonly restore?: Readonly<Record<string, StoredBytes>> | undefined;
    readonly without?: readonly string[];
    readonly layout?: SlotLayout | undefined;
  } = {},
): Promise<CacheGroupStatus> {
  const { restore, without, layout } = options;
  return startWithRetries(plane, `starting replication group ${group.id}`, signal, (within) =>
    plane.backend.startGroup(groupSpec(plane, group, { without, layout }), {
      ...within,
      ...(restore === undefined ? {} : { restore }),
    }),
  );
}
