import { invalidCombination } from "../errors.ts";
import type { Plane } from "../plane.ts";
import { primaryOf } from "../replication-groups/find-group.ts";
import type { EngineSettings, UserGroupRecord, UserRecord } from "../state/records.ts";
import { replicationGroupsOf } from "./find-user-group.ts";

/**
 * AWS has IAM authentication from redis 7.0 on, and in every valkey.
 * @throws AwsError `InvalidParameterCombination` for a user that the engine cannot have.
 */
export function checkIamUsers(
  users: readonly UserRecord[],
  { engine, engineVersion }: Pick<EngineSettings, "engine" | "engineVersion">,
): void {
  if (engine !== "redis" || Number.parseInt(engineVersion, 10) >= 7) return;
  const user = users.find(({ authentication }) => authentication === "iam");
  if (user !== undefined)
    throw invalidCombination(
      `User ${user.id} has IAM authentication, which needs redis 7.0 or later, not ${engineVersion}.`,
    );
}

/** The same for every engine that has the users of a group. */
export function checkIamUsersOf(plane: Plane, group: UserGroupRecord, users: readonly UserRecord[]): void {
  for (const each of replicationGroupsOf(plane.state, group)) checkIamUsers(users, primaryOf(plane, each));
}
