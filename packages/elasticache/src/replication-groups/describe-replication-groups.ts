import type { Operation } from "../operation.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { groupNamed } from "./find-group.ts";
import { groupView } from "./group-view.ts";

/** AWS DescribeReplicationGroups. */
export const describeReplicationGroups: Operation<"DescribeReplicationGroups"> = (plane, input, context) => {
  const id = lookup(input.ReplicationGroupId);
  const groups = id === undefined ? plane.state.groups.list(context) : [groupNamed(plane, context, id)];
  const { items, marker } = page(groups, (group) => group.id, input);
  return { ReplicationGroups: items.map((group) => groupView(plane, group)), Marker: marker };
};
