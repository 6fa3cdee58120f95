import { userGroupState } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { UserGroupRecord } from "../state/records.ts";
import { driveUserGroup } from "../transitions/access.ts";
import { replicationGroupsOf, serverlessCachesOf, userGroupNamed } from "./find-user-group.ts";
import { userGroupView } from "./user-group-view.ts";

/** AWS DeleteUserGroup: its users stay. */
export const deleteUserGroup: Operation<"DeleteUserGroup"> = (plane, input, context) => {
  const group = userGroupNamed(plane.state, context, input.UserGroupId);
  const used = replicationGroupsOf(plane.state, group)[0];
  if (used !== undefined)
    throw userGroupState(`User group ${group.id} is used by replication group ${used.id} and cannot be deleted.`);
  const cache = serverlessCachesOf(plane.state, group)[0];
  if (cache !== undefined)
    throw userGroupState(`User group ${group.id} is used by serverless cache ${cache.id} and cannot be deleted.`);
  if (group.status !== "active")
    throw userGroupState(`User group ${group.id} is not in active state, but ${group.status}.`);
  const deleting: UserGroupRecord = { ...group, status: "deleting" };
  plane.state.userGroups.set(deleting);
  driveUserGroup(plane, deleting);
  return userGroupView(plane.state, deleting);
};
