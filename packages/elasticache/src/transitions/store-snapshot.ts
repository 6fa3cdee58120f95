import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { Scope } from "../scope.ts";
import { namesOf } from "../snapshots/snapshot-bytes.ts";
import type { CacheClusterRecord, SnapshotPart, SnapshotRecord } from "../state/records.ts";
import type { StoredBytes } from "../state/transition-records.ts";
import { callBackend } from "./backend-call.ts";
import { nodeSpec } from "./node-spec.ts";

/**
 * Fills the snapshot with the data of the nodes that it names, all at once: it is `available` or `failed` afterwards, unless aborted.
 * True when it has its data. Parts that a former process stored are not stored again with later data.
 */
export async function storeSnapshot(
  plane: Plane,
  scope: Scope,
  snapshotName: string,
  signal: AbortSignal,
): Promise<boolean> {
  const snapshot = plane.state.snapshots.get(scope, snapshotName);
  // A process that died after the outcome was stored must not store another: the snapshot may be in use already.
  if (snapshot?.status !== "creating") return snapshot !== undefined && snapshot.status !== "failed";
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  let failure: { readonly error: unknown; readonly part: SnapshotPart } | undefined;
  const missing = snapshot.parts.filter(({ bytes }) => bytes === undefined);
  await Promise.all(
    missing.map((part) =>
      storePart(plane, snapshot, part, within).catch((error: unknown) => {
        failure ??= { error, part };
        stop.abort(error);
      }),
    ),
  );
  if (failure === undefined) {
    succeeded(plane, snapshot);
    return true;
  }
  if (!signal.aborted) failed(plane, snapshot, failure.part, failureText(failure.error));
  return false;
}

async function storePart(
  plane: Plane,
  snapshot: SnapshotRecord,
  part: SnapshotPart,
  signal: AbortSignal,
): Promise<void> {
  const cluster = plane.state.clusters.get(snapshot, part.clusterId);
  if (cluster === undefined) throw new Error(`there is no cache cluster ${part.clusterId} any more`);
  // After a restart of this process: a snapshot is of the moment when it was asked for, and never of a node that came up empty.
  if (part.instance !== undefined && part.instance !== cluster.instance)
    throw new Error(`cache cluster ${part.clusterId} runs anew since the snapshot began`);
  const call = {
    what: `storing snapshot ${snapshot.id} of cache cluster ${cluster.id}`,
    timeoutSeconds: plane.settings.snapshotTimeoutSeconds,
    signal,
  };
  await plane.bytes.write(
    () => callBackend(plane, call, (options) => plane.backend.snapshot(nodeSpec(plane.state, cluster), options)),
    (bytes) => recordPart(plane, snapshot, part, bytes),
  );
}

function recordPart(plane: Plane, snapshot: SnapshotRecord, part: SnapshotPart, bytes: StoredBytes): void {
  const current = plane.state.snapshots.get(snapshot, snapshot.id);
  if (current === undefined) return;
  const storedAtMs = plane.clock.now();
  const parts = current.parts.map((each) =>
    each.clusterId === part.clusterId ? { ...each, bytes, storedAtMs } : each,
  );
  plane.state.snapshots.set({ ...current, parts });
}

function succeeded(plane: Plane, { account, region, id }: SnapshotRecord): void {
  plane.state.transaction(() => {
    const snapshot = plane.state.snapshots.get({ account, region }, id);
    if (snapshot === undefined) return;
    plane.state.snapshots.set({ ...snapshot, status: "available", createdAtMs: plane.clock.now() });
    tellOfSnapshot(plane, snapshot, (of) => `Snapshot succeeded for snapshot with ID '${id}' of ${of}`);
  });
}

/** Without all of its parts it has none. */
function failed(plane: Plane, begun: SnapshotRecord, part: SnapshotPart, reason: string): void {
  const ids = { snapshot: begun.id, cluster: part.clusterId, account: begun.account, region: begun.region };
  plane.logger.warn(ids, `Snapshot ${begun.id} failed: ${reason}`);
  const stored = plane.state.transaction(() => {
    const snapshot = plane.state.snapshots.get(begun, begun.id);
    if (snapshot === undefined) return [];
    const parts = snapshot.parts.map(({ bytes: _bytes, storedAtMs: _at, ...rest }) => rest);
    plane.state.snapshots.set({ ...snapshot, parts, status: "failed", createdAtMs: plane.clock.now() });
    tellOfSnapshot(plane, snapshot, (of) => `Snapshot failed for snapshot with ID '${begun.id}' of ${of}: ${reason}`);
    return namesOf(snapshot);
  });
  void plane.bytes.release(...stored);
}

/** An event of each cluster that gave data, and of the group. */
export function tellOfSnapshot(plane: Plane, snapshot: SnapshotRecord, text: (of: string) => string): void {
  for (const { clusterId } of snapshot.parts) {
    const cluster: CacheClusterRecord | undefined = plane.state.clusters.get(snapshot, clusterId);
    if (cluster !== undefined) plane.events.ofCluster(cluster, text(`cache cluster with ID '${clusterId}'`));
  }
  const { replicationGroupId } = snapshot;
  if (replicationGroupId === undefined) return;
  const message = text(`replication group with ID '${replicationGroupId}'`);
  plane.events.add(snapshot, "replication-group", replicationGroupId, message);
}
