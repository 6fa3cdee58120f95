import { fault, snapshotNotFound, unsupported } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled, required } from "../requests/identifiers.ts";
import type { SnapshotRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { newSnapshotName } from "./plan-snapshot.ts";
import { snapshotView } from "./snapshot-view.ts";

/** AWS CopySnapshot: another name for the same bytes, there at once. */
export const copySnapshot: Operation<"CopySnapshot"> = (plane, input, context) => {
  const sourceName = required(input.SourceSnapshotName, "SourceSnapshotName").toLowerCase();
  if (filled(input.TargetBucket) !== undefined)
    throw unsupported("Exporting a snapshot to S3", "Leave out TargetBucket.");
  const id = newSnapshotName(plane, context, input.TargetSnapshotName);
  const source = plane.state.snapshots.get(context, sourceName);
  if (source === undefined) throw snapshotNotFound(sourceName);
  if (source.status !== "available")
    throw fault("InvalidSnapshotStateFault", `Snapshot ${sourceName} is ${source.status}, not available.`);
  const tags = requestTags(input.Tags);
  const kmsKeyId = filled(input.KmsKeyId);
  const copy: SnapshotRecord = { ...source, id, source: "manual", ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
  plane.state.transaction(() => {
    plane.state.snapshots.set(copy);
    setTags(plane.state, copy, "snapshot", id, tags);
  });
  return { Snapshot: snapshotView(copy) };
};
