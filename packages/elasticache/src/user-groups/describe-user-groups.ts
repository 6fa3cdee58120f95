import type { Operation } from "../operation.ts";
import { lookup } from "../requests/identifiers.ts";
import { page } from "../requests/paging.ts";
import { userGroupNamed } from "./find-user-group.ts";
import { userGroupView } from "./user-group-view.ts";

/** AWS DescribeUserGroups. */
export const describeUserGroups: Operation<"DescribeUserGroups"> = (plane, input, context) => {
  const id = lookup(input.UserGroupId);
  const groups = id === undefined ? plane.state.userGroups.list(context) : [userGroupNamed(plane.state, context, id)];
  const { items, marker } = page(groups, (group) => group.id, input);
  return { UserGroups: items.map((group) => userGroupView(plane.state, group)), Marker: marker };
};
