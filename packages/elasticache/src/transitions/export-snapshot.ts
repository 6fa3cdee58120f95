import { failureText } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { verifiedRdb } from "../rdb/rdb-verifier.ts";
import { exportKeys } from "../snapshots/export-keys.ts";
import type { SnapshotRecord } from "../state/records.ts";
import { callBackend } from "./backend-call.ts";
import { taskKeyOf } from "./outcome.ts";
import { tellOfSnapshot } from "./store-snapshot.ts";

/** Gives the export of a snapshot its owner. */
export function driveExport(plane: Plane, begun: SnapshotRecord): void {
  plane.tasks.run(taskKeyOf(begun, "snapshot", begun.id), async (signal) => {
    const snapshot = plane.state.snapshots.get(begun, begun.id);
    if (snapshot?.status === "exporting") await exportSnapshot(plane, snapshot, signal);
  });
}

/** Ends `exporting`: the snapshot is `available` again, whatever became of its files. After a crash they are written anew. */
async function exportSnapshot(plane: Plane, snapshot: SnapshotRecord, signal: AbortSignal): Promise<void> {
  const { target } = snapshot;
  let outcome = "succeeded";
  try {
    if (target === undefined) throw new Error("it is not known where to");
    const timeoutSeconds = plane.settings.snapshotTimeoutSeconds;
    await callBackend(
      plane,
      { what: `exporting snapshot ${snapshot.id}`, timeoutSeconds, signal },
      ({ signal: within }) => writeFiles(plane, snapshot, target, within),
    );
  } catch (error) {
    if (signal.aborted) return;
    outcome = `failed: ${failureText(error)}`;
    plane.logger.warn({ snapshot: snapshot.id, account: snapshot.account, region: snapshot.region }, outcome);
  }
  plane.state.transaction(() => {
    const current = plane.state.snapshots.get(snapshot, snapshot.id);
    if (current?.status !== "exporting") return;
    const { target: _ended, ...rest } = current;
    plane.state.snapshots.set({ ...rest, status: "available" });
    const to = `to S3 bucket '${target?.bucket}' as '${target?.name}'`;
    tellOfSnapshot(plane, snapshot, (of) => `Export of snapshot '${snapshot.id}' of ${of} ${to} ${outcome}`);
  });
}

async function writeFiles(
  plane: Plane,
  snapshot: SnapshotRecord,
  target: NonNullable<SnapshotRecord["target"]>,
  signal: AbortSignal,
): Promise<void> {
  const { files } = plane;
  if (files === undefined) throw new Error("the server no longer knows where S3 is");
  for (const [index, key] of exportKeys(snapshot, target.name).entries()) {
    const bytes = snapshot.parts[index]?.bytes;
    if (bytes === undefined) throw new Error(`there are no bytes for ${key}`);
    const { sha256, sizeBytes } = bytes;
    const content = verifiedRdb(plane.blobs.read(sha256), { expectedBytes: sizeBytes });
    await files.write({ region: snapshot.region, bucket: target.bucket, key }, content, { sizeBytes, signal });
  }
}
