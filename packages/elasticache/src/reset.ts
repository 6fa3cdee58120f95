import type { Plane } from "./plane.ts";
import { namesOf } from "./snapshots/snapshot-bytes.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "./state/records.ts";
import { driveGroup } from "./transitions/group-transitions.ts";
import { drive } from "./transitions/transitions.ts";

/** Removes everything of one account or of all, and resolves when the nodes and the bytes are gone. */
export async function resetState(plane: Plane, account: string | undefined): Promise<void> {
  const { state } = plane;
  const prefix = account === undefined ? "" : `${account}/`;
  const mine = (key: string): boolean => key.startsWith(prefix);
  await plane.tasks.abort(mine);
  // The ordinary deletion does it: it retries, and a crash in the middle is finished by the next start.
  for (const group of state.groups.all(account)) {
    const deleting: ReplicationGroupRecord = { ...group, status: "deleting", transition: { kind: "delete" } };
    state.groups.set(deleting);
    driveGroup(plane, deleting);
  }
  for (const cluster of state.clusters.all(account)) {
    if (cluster.replicationGroupId !== undefined) continue;
    const deleting: CacheClusterRecord = { ...cluster, status: "deleting", transition: { kind: "delete" } };
    state.clusters.set(deleting);
    drive(plane, deleting);
  }
  await plane.tasks.idle(mine);
  const snapshots = state.snapshots.all(account);
  state.transaction(() => {
    for (const kind of [
      state.groups,
      state.snapshots,
      state.parameterGroups,
      state.subnetGroups,
      state.users,
      state.userGroups,
      state.tags,
      state.events,
    ])
      for (const record of kind.all(account)) kind.delete(record, record.id);
  });
  await plane.bytes.release(...snapshots.flatMap(namesOf));
}
