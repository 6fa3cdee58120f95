import type { User } from "../model.generated.ts";
import { arnOf } from "../scope.ts";
import type { UserRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { groupsOf } from "./find-user.ts";

/** AWS's `MinimumEngineVersion` of users and user groups. */
export function minimumEngineVersion(engine: "redis" | "valkey"): string {
  return engine === "valkey" ? "7.2" : "6.0";
}

/** A user in AWS's shape: how many passwords it has, never which. */
export function userView(state: State, user: UserRecord): User {
  return {
    UserId: user.id,
    UserName: user.name,
    Status: user.status,
    Engine: user.engine,
    MinimumEngineVersion: minimumEngineVersion(user.engine),
    AccessString: user.accessString,
    UserGroupIds: groupsOf(state, user).map((group) => group.id),
    Authentication: {
      Type: user.authentication,
      PasswordCount: user.authentication === "password" ? user.passwordHashes.length : undefined,
    },
    ARN: arnOf(user, "user", user.id),
  };
}
