import { fault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import type { ServerlessSnapshotRecord } from "../state/serverless-records.ts";
import { serverlessSnapshotNamed } from "./find-serverless.ts";
import { serverlessSnapshotView } from "./serverless-view.ts";

/** AWS DeleteServerlessCacheSnapshot: the bytes go with their last name. */
export const deleteServerlessCacheSnapshot: Operation<"DeleteServerlessCacheSnapshot"> = (plane, input, context) => {
  const snapshot = serverlessSnapshotNamed(plane, context, input.ServerlessCacheSnapshotName);
  if (snapshot.status === "creating")
    throw fault(
      "InvalidServerlessCacheSnapshotStateFault",
      `Snapshot ${snapshot.id} is creating; wait until it is available or failed.`,
    );
  removeServerlessSnapshot(plane, snapshot);
  return { ServerlessCacheSnapshot: { ...serverlessSnapshotView(snapshot), Status: "deleting" } };
};

/** Removes the record now and its bytes as soon as nothing else needs them. */
export function removeServerlessSnapshot(plane: Plane, snapshot: ServerlessSnapshotRecord): void {
  plane.state.transaction(() => {
    plane.state.serverlessSnapshots.delete(snapshot, snapshot.id);
    plane.state.tags.delete(snapshot, `serverlesssnapshot:${snapshot.id}`);
  });
  if (snapshot.bytes !== undefined) void plane.bytes.release(snapshot.bytes.sha256);
}
