import type { Plane } from "./plane.ts";
import { driveServerless } from "./serverless/transitions.ts";
import { namesOf } from "./snapshots/snapshot-bytes.ts";
import type { CacheClusterRecord, ReplicationGroupRecord } from "./state/records.ts";
import type { ServerlessCacheRecord } from "./state/serverless-records.ts";
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
  for (const cache of state.serverlessCaches.all(account)) {
    const deleting: ServerlessCacheRecord = { ...cache, status: "deleting", transition: { kind: "delete" } };
    state.serverlessCaches.set(deleting);
    driveServerless(plane, deleting);
  }
  await plane.tasks.idle(mine);
  const names = [
    ...state.snapshots.all(account).flatMap(namesOf),
    ...state.serverlessSnapshots.all(account).flatMap(({ bytes }) => bytes?.sha256 ?? []),
  ];
  state.transaction(() => {
    for (const kind of [
      state.groups,
      state.snapshots,
      state.serverlessSnapshots,
      state.parameterGroups,
      state.subnetGroups,
      state.users,
      state.userGroups,
      state.tags,
      state.events,
    ])
      for (const record of kind.all(account)) kind.delete(record, record.id);
  });
  await plane.bytes.release(...names);
}
