import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import type { CacheClusterRecord, StoredBytes } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { nodeSpec } from "./node-spec.ts";
import { setGroupStatus, settled } from "./outcome.ts";

/** Ends `snapshotting` of the cluster and `creating` of the snapshot. */
export async function snapshotNode(plane: Plane, begun: CacheClusterRecord, signal: AbortSignal): Promise<void> {
  const cluster = plane.state.currentCluster(begun);
  if (cluster?.transition?.kind !== "snapshot") return;
  await storeSnapshot(plane, cluster, cluster.transition.snapshotName, signal);
  if (signal.aborted) return;
  plane.state.transaction(() => {
    const changed = plane.state.updateCluster(cluster, (current) => settled(current, "available"));
    if (changed !== undefined) setGroupStatus(plane, changed, "available");
  });
}

/** Fills the snapshot with the node's data: it is `available` or `failed` afterwards, unless aborted. True when it is available. */
export async function storeSnapshot(
  plane: Plane,
  cluster: CacheClusterRecord,
  snapshotName: string,
  signal: AbortSignal,
): Promise<boolean> {
  const call = {
    what: `storing snapshot ${snapshotName}`,
    timeoutSeconds: plane.settings.snapshotTimeoutSeconds,
    signal,
  };
  // A process that died after the bytes were named and before the transition ended must not store others in their place.
  if (plane.state.snapshots.get(cluster, snapshotName)?.status === "available") return true;
  const where = `snapshot with ID '${snapshotName}' of cache cluster with ID '${cluster.id}'`;
  try {
    await plane.bytes.write(
      () =>
        callBackend(plane, call, (within) =>
          plane.backend.snapshot(nodeSpec(plane.state, cluster), { signal: within }),
        ),
      (bytes) => finish(plane, cluster, snapshotName, bytes),
    );
    plane.events.ofCluster(cluster, `Snapshot succeeded for ${where}`, `Snapshot succeeded for ${where}`);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    finish(plane, cluster, snapshotName, undefined);
    const message = `Snapshot failed for ${where}: ${failureText(error)}`;
    plane.logger.warn({ cluster: cluster.id, account: cluster.account, region: cluster.region }, message);
    plane.events.ofCluster(cluster, message, message);
    return false;
  }
}

function finish(plane: Plane, cluster: CacheClusterRecord, name: string, bytes: StoredBytes | undefined): void {
  const snapshot = plane.state.snapshots.get(cluster, name);
  if (snapshot === undefined) return;
  const createdAtMs = plane.clock.now();
  if (bytes === undefined) plane.state.snapshots.set({ ...snapshot, status: "failed", createdAtMs });
  else plane.state.snapshots.set({ ...snapshot, status: "available", bytes, createdAtMs });
}
