import { fault } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { identifier, identifierLengths } from "../requests/identifiers.ts";
import type { UserGroupRecord } from "../state/records.ts";
import { requestTags, setTags } from "../tags/tag-store.ts";
import { driveUserGroup } from "../transitions/access.ts";
import { userEngine } from "../users/create-user.ts";
import { checkMembers } from "./check-members.ts";
import { userGroupView } from "./user-group-view.ts";

/** AWS's default quota of user groups. */
const maxGroups = 100;

/** AWS CreateUserGroup. */
export const createUserGroup: Operation<"CreateUserGroup"> = (plane, input, context) => {
  const { account, region } = context;
  const id = identifier(input.UserGroupId, "UserGroupId", identifierLengths.user);
  const engine = userEngine(input.Engine);
  const tags = requestTags(input.Tags);
  if (plane.state.userGroups.get(context, id) !== undefined)
    throw fault("UserGroupAlreadyExistsFault", `User group ${id} already exists.`);
  const userIds = checkMembers(plane.state, context, { engine, userIds: input.UserIds ?? [] });
  if (plane.state.userGroups.list(context).length >= maxGroups)
    throw fault("UserGroupQuotaExceededFault", `The quota of ${maxGroups} user groups in ${region} is used up.`);
  const group: UserGroupRecord = { account, region, id, engine, status: "creating", userIds };
  plane.state.transaction(() => {
    plane.state.userGroups.set(group);
    setTags(plane.state, group, "usergroup", id, tags);
  });
  driveUserGroup(plane, group);
  return userGroupView(plane.state, group);
};
