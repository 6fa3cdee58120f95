import { fault, invalidValue, userState } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { required } from "../requests/identifiers.ts";
import type { UserRecord } from "../state/records.ts";
import { driveUser } from "../transitions/access.ts";
import { defaultUser, groupsOf, userNamed } from "./find-user.ts";
import { userView } from "./user-view.ts";

/** AWS DeleteUser: the user leaves all its groups, and every engine forgets it, before it is gone. */
export const deleteUser: Operation<"DeleteUser"> = (plane, input, context) => {
  const user = userNamed(plane.state, context, required(input.UserId, "UserId"));
  if (user.id === defaultUser) throw invalidValue("The user default cannot be deleted.");
  const needed = user.name === defaultUser ? groupsOf(plane.state, user)[0] : undefined;
  if (needed !== undefined)
    throw fault(
      "DefaultUserAssociatedToUserGroupFault",
      `User ${user.id} is the default user of the user group ${needed.id}. Put another one in its place first.`,
    );
  if (user.status !== "active") throw userState(`User ${user.id} is not in active state, but ${user.status}.`);
  const deleting: UserRecord = { ...user, status: "deleting" };
  plane.state.users.set(deleting);
  driveUser(plane, deleting);
  return userView(plane.state, deleting);
};
