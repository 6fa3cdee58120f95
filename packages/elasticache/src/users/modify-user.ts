import { invalidCombination, invalidValue, userState } from "../errors.ts";
import type { Input, Operation } from "../operation.ts";
import { filled, required } from "../requests/identifiers.ts";
import type { UserRecord } from "../state/records.ts";
import { driveUser } from "../transitions/access.ts";
import { checkMember } from "../user-groups/check-members.ts";
import { checkIamUsersOf } from "../user-groups/iam-users.ts";
import { accessString } from "./access-string.ts";
import { checkAuthentication, userEngine } from "./create-user.ts";
import { defaultUser, groupsOf, userNamed } from "./find-user.ts";
import { requestedAuthentication } from "./passwords.ts";
import { userView } from "./user-view.ts";

/** AWS ModifyUser: `modifying` until every engine that knows the user has the change. */
export const modifyUser: Operation<"ModifyUser"> = (plane, input, context) => {
  const user = userNamed(plane.state, context, required(input.UserId, "UserId"));
  const changed: UserRecord = { ...user, ...changes(user, input), status: "modifying" };
  if (user.id === defaultUser) throw invalidValue("The user default cannot be modified.");
  checkAuthentication(changed, changed);
  for (const group of groupsOf(plane.state, user)) {
    checkMember(changed, group.engine);
    checkIamUsersOf(plane, group, [changed]);
  }
  if (user.status !== "active") throw userState(`User ${user.id} is not in active state, but ${user.status}.`);
  plane.state.transaction(() => {
    plane.state.users.set(changed);
    plane.events.add(changed, "user", changed.id, `User ${changed.id} is being modified`);
  });
  driveUser(plane, changed);
  return userView(plane.state, changed);
};

function changes(user: UserRecord, input: Input<"ModifyUser">): Partial<UserRecord> {
  const { AccessString: replaced, AppendAccessString: appended } = input;
  if (replaced !== undefined && appended !== undefined)
    throw invalidCombination("AccessString cannot be used together with AppendAccessString.");
  const authentication = requestedAuthentication(input);
  const engine = filled(input.Engine);
  if (replaced === undefined && appended === undefined && authentication === undefined && engine === undefined)
    throw invalidCombination("No modifications were requested");
  const text = appended === undefined ? replaced : `${user.accessString} ${appended}`;
  return {
    ...(text === undefined
      ? {}
      : { accessString: accessString(text, appended === undefined ? "AccessString" : "AppendAccessString") }),
    ...authentication,
    ...(engine === undefined ? {} : { engine: upgraded(user, engine) }),
  };
}

/** AWS moves users from redis to valkey, not back. */
function upgraded(user: UserRecord, asked: string): "redis" | "valkey" {
  const engine = userEngine(asked);
  if (user.engine === "valkey" && engine === "redis")
    throw invalidValue(`User ${user.id} has the engine valkey, which cannot be changed to redis.`);
  return engine;
}
