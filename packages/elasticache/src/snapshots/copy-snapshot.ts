import { fault, snapshotNotFound } from "../errors.ts";
import type { AsyncOperation, Input } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { filled, required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { SnapshotRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { beginExport } from "./export-snapshot.ts";
import { newSnapshotName } from "./plan-snapshot.ts";
import { snapshotView } from "./snapshot-view.ts";

/** AWS CopySnapshot: another name for the same bytes, there at once; or, with TargetBucket, files in S3. */
export const copySnapshot: AsyncOperation<"CopySnapshot"> = (plane, input, context) => {
  const bucket = filled(input.TargetBucket);
  if (bucket === undefined) return { Snapshot: snapshotView(copy(plane, input, context)) };
  return beginExport(plane, {
    scope: context,
    name: input.TargetSnapshotName,
    bucket,
    signal: context.signal,
    source: () => sourceOf(plane, input, context),
  }).then((exporting) => ({ Snapshot: snapshotView(exporting) }));
};

function copy(plane: Plane, input: Input<"CopySnapshot">, scope: Scope): SnapshotRecord {
  required(input.SourceSnapshotName, "SourceSnapshotName");
  const id = newSnapshotName(plane, scope, input.TargetSnapshotName);
  const source = sourceOf(plane, input, scope);
  const tags = requestTags(input.Tags);
  const kmsKeyId = filled(input.KmsKeyId);
  const copied: SnapshotRecord = { ...source, id, source: "manual", ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
  plane.state.transaction(() => {
    plane.state.snapshots.set(copied);
    setTags(plane.state, copied, "snapshot", id, tags);
  });
  return copied;
}

function sourceOf(plane: Plane, input: Input<"CopySnapshot">, scope: Scope): SnapshotRecord {
  const name = required(input.SourceSnapshotName, "SourceSnapshotName").toLowerCase();
  const source = plane.state.snapshots.get(scope, name);
  if (source === undefined) throw snapshotNotFound(name);
  if (source.status !== "available")
    throw fault("InvalidSnapshotStateFault", `Snapshot ${name} is ${source.status}, not available.`);
  return source;
}
