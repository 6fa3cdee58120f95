import { invalidCombination, invalidValue, userGroupState } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import { filled } from "../requests/identifiers.ts";
import type { UserGroupRecord } from "../state/records.ts";
import { driveUserGroup } from "../transitions/access.ts";
import { userEngine } from "../users/create-user.ts";
import { userNamed } from "../users/find-user.ts";
import { checkMembers } from "./check-members.ts";
import { userGroupNamed } from "./find-user-group.ts";
import { checkIamUsersOf } from "./iam-users.ts";
import { userGroupView } from "./user-group-view.ts";

/** AWS ModifyUserGroup: `modifying` until every engine has the new members and none of the old. */
export const modifyUserGroup: Operation<"ModifyUserGroup"> = (plane, input, context) => {
  const { state } = plane;
  const group = userGroupNamed(state, context, input.UserGroupId);
  const engine = filled(input.Engine) === undefined ? group.engine : userEngine(input.Engine);
  if (group.engine === "valkey" && engine === "redis")
    throw invalidValue(`User group ${group.id} has the engine valkey, which cannot be changed to redis.`);
  const userIds = checkMembers(state, context, { engine, userIds: changedMembers(group, input) });
  checkIamUsersOf(
    plane,
    group,
    userIds.map((id) => userNamed(state, context, id)),
  );
  if (group.status !== "active")
    throw userGroupState(`User group ${group.id} is not in active state, but ${group.status}.`);
  const modifying: UserGroupRecord = { ...group, status: "modifying", pending: { engine, userIds } };
  state.userGroups.set(modifying);
  driveUserGroup(plane, modifying);
  return userGroupView(state, modifying);
};

function changedMembers(group: UserGroupRecord, input: Input<"ModifyUserGroup">): readonly string[] {
  const add = (input.UserIdsToAdd ?? []).map((id) => id.toLowerCase());
  const remove = (input.UserIdsToRemove ?? []).map((id) => id.toLowerCase());
  if (add.length === 0 && remove.length === 0 && filled(input.Engine) === undefined)
    throw invalidCombination("No modifications were requested");
  for (const id of add) {
    if (remove.includes(id)) throw invalidCombination(`User ${id} is both to be added and to be removed.`);
    if (group.userIds.includes(id))
      throw invalidCombination(`User ${id} is a member of user group ${group.id} already.`);
  }
  for (const id of remove)
    if (!group.userIds.includes(id)) throw invalidCombination(`User ${id} is not a member of user group ${group.id}.`);
  return [...group.userIds.filter((id) => !remove.includes(id)), ...add];
}
