import { userNotFound } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { UserGroupRecord, UserRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** The id and the name of the user that every account has: it cannot be changed or deleted. */
export const defaultUser = "default";

/** The user, or AWS's `default` user, which is not stored. */
export function findUser(state: State, scope: Scope, id: string): UserRecord | undefined {
  return state.users.get(scope, id) ?? (id === defaultUser ? theDefaultUser(scope) : undefined);
}

/** All users of an account and region, the `default` one among them, by id. */
export function listUsers(state: State, scope: Scope): UserRecord[] {
  return [theDefaultUser(scope), ...state.users.list(scope)].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws AwsError `UserNotFound`. */
export function userNamed(state: State, scope: Scope, id: string): UserRecord {
  const found = findUser(state, scope, id.toLowerCase());
  if (found === undefined) throw userNotFound(id);
  return found;
}

/** The groups that have the user as a member, now or when their change is done. */
export function groupsOf(state: State, user: UserRecord): UserGroupRecord[] {
  return state.userGroups
    .list(user)
    .filter((group) => group.userIds.includes(user.id) || group.pending?.userIds.includes(user.id) === true);
}

function theDefaultUser({ account, region }: Scope): UserRecord {
  return {
    account,
    region,
    id: defaultUser,
    name: defaultUser,
    engine: "redis",
    status: "active",
    accessString: "on ~* +@all",
    authentication: "no-password",
    passwordHashes: [],
  };
}
