import { invalidValue } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { filled, lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { serverlessPages } from "./describe-serverless-caches.ts";
import { serverlessSnapshotNamed } from "./find-serverless.ts";
import { serverlessSnapshotView } from "./serverless-view.ts";

/** Words of the request for the types of snapshots. */
const types: Readonly<Record<string, string>> = {
  user: "manual",
  manual: "manual",
  system: "automated",
  automated: "automated",
};

/** AWS DescribeServerlessCacheSnapshots. The filters are joined by "and"; the answer is in the order of names. */
export const describeServerlessCacheSnapshots: Operation<"DescribeServerlessCacheSnapshots"> = (
  plane,
  input,
  context,
) => {
  const name = lookup(input.ServerlessCacheSnapshotName);
  const cacheId = lookup(input.ServerlessCacheName);
  const given = filled(input.SnapshotType)?.toLowerCase();
  const type = given === undefined ? undefined : types[given];
  if (given !== undefined && type === undefined)
    throw invalidValue(`The parameter SnapshotType has the value ${given}; it must be user or system.`);
  if (name !== undefined) serverlessSnapshotNamed(plane, context, name);
  const found = plane.state.serverlessSnapshots
    .list(context)
    .filter((snapshot) => name === undefined || snapshot.id === name)
    .filter((snapshot) => cacheId === undefined || snapshot.cacheId === cacheId)
    .filter((snapshot) => type === undefined || snapshot.type === type);
  const asked = { MaxRecords: input.MaxResults, Marker: input.NextToken };
  const { items, marker } = page(found, (snapshot) => snapshot.id, asked, serverlessPages);
  return { ServerlessCacheSnapshots: items.map(serverlessSnapshotView), NextToken: marker };
};
