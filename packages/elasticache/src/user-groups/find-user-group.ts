import { userGroupNotFound } from "../errors.ts";
import { required } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { ReplicationGroupRecord, UserGroupRecord } from "../state/records.ts";
import type { ServerlessCacheRecord } from "../state/serverless-records.ts";
import type { State } from "../state/state.ts";

/** @throws AwsError `UserGroupNotFound`; `InvalidParameterValue` for a blank id. */
export function userGroupNamed(state: State, scope: Scope, id: string | undefined): UserGroupRecord {
  const given = required(id, "UserGroupId").toLowerCase();
  const found = state.userGroups.get(scope, given);
  if (found === undefined) throw userGroupNotFound(given);
  return found;
}

/** The replication groups whose engines have the users of this group, now or when their change is done. */
export function replicationGroupsOf(state: State, group: UserGroupRecord): ReplicationGroupRecord[] {
  return state.groups
    .list(group)
    .filter(({ access, pendingAccess }) =>
      [access, pendingAccess].some((settings) => settings?.userGroupIds?.includes(group.id) === true),
    );
}

/** The serverless caches whose engines have the users of this group, now or when their change is done. */
export function serverlessCachesOf(state: State, group: UserGroupRecord): ServerlessCacheRecord[] {
  return state.serverlessCaches
    .list(group)
    .filter(({ userGroupId, pending }) => [userGroupId, pending?.userGroupId].includes(group.id));
}
