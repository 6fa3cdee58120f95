import { invalidValue, snapshotNotFound } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { snapshotView } from "./snapshot-view.ts";

/** AWS DescribeSnapshots. The filters are joined by "and"; the answer is in the order of names. */
export const describeSnapshots: Operation<"DescribeSnapshots"> = (plane, input, context) => {
  const name = lookup(input.SnapshotName);
  const clusterId = lookup(input.CacheClusterId);
  const groupId = lookup(input.ReplicationGroupId);
  const nodeGroups = input.ShowNodeGroupConfig === true;
  const source = filled(input.SnapshotSource);
  if (source !== undefined && source !== "system" && source !== "user")
    throw invalidValue(`The parameter SnapshotSource has the value ${source}; it must be system or user.`);
  if (name !== undefined && plane.state.snapshots.get(context, name) === undefined) throw snapshotNotFound(name);
  const wanted = source === undefined ? undefined : source === "system" ? "automated" : "manual";
  const found = plane.state.snapshots
    .list(context)
    .filter((snapshot) => name === undefined || snapshot.id === name)
    .filter((snapshot) => clusterId === undefined || snapshot.parts.some((part) => part.clusterId === clusterId))
    .filter((snapshot) => groupId === undefined || snapshot.replicationGroupId === groupId)
    .filter((snapshot) => wanted === undefined || snapshot.source === wanted);
  const { items, marker } = page(found, (snapshot) => snapshot.id, {
    MaxRecords: input.MaxRecords ?? 50,
    Marker: input.Marker,
  });
  return { Snapshots: items.map((snapshot) => snapshotView(snapshot, { nodeGroups })), Marker: marker };
};
