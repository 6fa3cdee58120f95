import { fault, invalidValue } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { UserRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { defaultUser, userNamed } from "../users/find-user.ts";

/** AWS's limit per group. */
const maxMembers = 100;

/**
 * The members that a group is to have, checked against each other and the engine.
 * @throws AwsError `UserNotFound`, `DuplicateUserName`, `DefaultUserRequired`, `InvalidParameterValue`.
 */
export function checkMembers(
  state: State,
  scope: Scope,
  group: { readonly engine: "redis" | "valkey"; readonly userIds: readonly string[] },
): readonly string[] {
  const ids = group.userIds.map((id) => id.toLowerCase());
  if (ids.length > maxMembers) throw invalidValue(`A user group has at most ${maxMembers} users, not ${ids.length}.`);
  const users = ids.map((id) => userNamed(state, scope, id));
  const names = new Set<string>();
  for (const user of users) {
    checkMember(user, group.engine);
    if (names.has(user.name))
      throw fault("DuplicateUserNameFault", `More than one user with the name ${user.name} is in the user group.`);
    names.add(user.name);
  }
  if (group.engine === "redis" && !names.has(defaultUser))
    throw fault("DefaultUserRequired", "A user with the name default must be in a user group of the engine redis.");
  return ids;
}

/** @throws AwsError `InvalidParameterValue` when a group of this engine cannot have the user. */
export function checkMember(user: UserRecord, engine: "redis" | "valkey"): void {
  if (user.status === "deleting") throw invalidValue(`User ${user.id} is being deleted.`);
  if (engine === "redis" && user.engine !== "redis")
    throw invalidValue(`User ${user.id} has the engine ${user.engine}, the user group has the engine redis.`);
  if (engine === "valkey" && user.authentication === "no-password")
    throw invalidValue(`User ${user.id} has no password; a user group of the engine valkey takes none of those.`);
}
