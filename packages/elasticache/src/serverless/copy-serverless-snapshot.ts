import { fault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import type { ServerlessSnapshotRecord } from "../state/serverless-records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { serverlessSnapshotNamed } from "./find-serverless.ts";
import { newServerlessSnapshotName } from "./plan-serverless-snapshot.ts";
import { serverlessSnapshotView } from "./serverless-view.ts";

/** AWS CopyServerlessCacheSnapshot: another name for the same bytes, there at once. */
export const copyServerlessCacheSnapshot: Operation<"CopyServerlessCacheSnapshot"> = (plane, input, context) => {
  const member = "SourceServerlessCacheSnapshotName";
  const source = serverlessSnapshotNamed(plane, context, input.SourceServerlessCacheSnapshotName, member);
  const target = "TargetServerlessCacheSnapshotName";
  const id = newServerlessSnapshotName(plane, context, input.TargetServerlessCacheSnapshotName, target);
  if (source.status !== "available")
    throw fault(
      "InvalidServerlessCacheSnapshotStateFault",
      `Snapshot ${source.id} is ${source.status}, not available.`,
    );
  const tags = requestTags(input.Tags);
  const kmsKeyId = filled(input.KmsKeyId);
  const { expiresAtMs: _automatic, ...kept } = source;
  const copy: ServerlessSnapshotRecord = {
    ...kept,
    id,
    type: "manual",
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    createdAtMs: plane.clock.now(),
  };
  plane.state.transaction(() => {
    plane.state.serverlessSnapshots.set(copy);
    setTags(plane.state, copy, "serverlesssnapshot", id, tags);
  });
  return { ServerlessCacheSnapshot: serverlessSnapshotView(copy) };
};
