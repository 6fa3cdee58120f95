import type { UserGroup } from "../model.generated.ts";
import { arnOf } from "../scope.ts";
import type { UserGroupRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { minimumEngineVersion } from "../users/user-view.ts";
import { replicationGroupsOf, serverlessCachesOf } from "./find-user-group.ts";

/** A user group in AWS's shape. */
export function userGroupView(state: State, group: UserGroupRecord): UserGroup {
  return {
    UserGroupId: group.id,
    Status: group.status,
    Engine: group.engine,
    UserIds: group.userIds,
    MinimumEngineVersion: minimumEngineVersion(group.engine),
    PendingChanges: group.pending === undefined ? undefined : pendingView(group.userIds, group.pending.userIds),
    ReplicationGroups: replicationGroupsOf(state, group).map(({ id }) => id),
    ServerlessCaches: serverlessCachesOf(state, group).map(({ id }) => id),
    ARN: arnOf(group, "usergroup", group.id),
  };
}

function pendingView(now: readonly string[], then: readonly string[]): UserGroup["PendingChanges"] {
  return {
    UserIdsToAdd: then.filter((id) => !now.includes(id)),
    UserIdsToRemove: now.filter((id) => !then.includes(id)),
  };
}
