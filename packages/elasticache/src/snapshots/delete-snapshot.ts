import { fault, snapshotNotFound } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Plane } from "../plane.ts";
import { required } from "../requests/identifiers.ts";
import type { SnapshotRecord } from "../state/records.ts";
import { namesOf } from "./snapshot-bytes.ts";
import { snapshotView } from "./snapshot-view.ts";

/** AWS DeleteSnapshot: the bytes go with their last name. */
export const deleteSnapshot: Operation<"DeleteSnapshot"> = (plane, input, context) => {
  const name = required(input.SnapshotName, "SnapshotName").toLowerCase();
  const snapshot = plane.state.snapshots.get(context, name);
  if (snapshot === undefined) throw snapshotNotFound(name);
  if (snapshot.status === "creating" || snapshot.status === "exporting")
    throw fault("InvalidSnapshotStateFault", `Snapshot ${name} is ${snapshot.status}; wait until it is no more.`);
  removeSnapshot(plane, snapshot);
  return { Snapshot: { ...snapshotView(snapshot), SnapshotStatus: "deleting" } };
};

/** Removes the record now and its bytes as soon as nothing else needs them. */
export function removeSnapshot(plane: Plane, snapshot: SnapshotRecord): void {
  plane.state.transaction(() => {
    plane.state.snapshots.delete(snapshot, snapshot.id);
    plane.state.tags.delete(snapshot, `snapshot:${snapshot.id}`);
  });
  void plane.bytes.release(...namesOf(snapshot));
}
