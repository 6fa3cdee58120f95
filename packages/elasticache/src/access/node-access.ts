import type { CacheAccess, CacheUser } from "../backend/backend.ts";
import type { Scope } from "../scope.ts";
import type { AccessSettings, CacheClusterRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { defaultUser, findUser } from "../users/find-user.ts";

/** The settings that a cluster has or is about to have: its group's when it is a member. */
export function accessOf(state: State, cluster: CacheClusterRecord): AccessSettings {
  const { replicationGroupId } = cluster;
  const owner = replicationGroupId === undefined ? cluster : state.groups.get(cluster, replicationGroupId);
  return owner?.pendingAccess ?? owner?.access ?? {};
}

/** What an engine must be told, from the records alone; undefined when everybody may connect in clear. */
export function nodeAccess(state: State, cluster: CacheClusterRecord): CacheAccess | undefined {
  return engineAccess(state, cluster, accessOf(state, cluster));
}

/** What an engine with these settings must be told. */
export function engineAccess(state: State, scope: Scope, settings: AccessSettings): CacheAccess | undefined {
  const tls = settings.transitEncryption;
  const users = engineUsers(state, scope, settings);
  if (tls === undefined && users === undefined) return undefined;
  return { ...(tls === undefined ? {} : { tls }), ...(users === undefined ? {} : { users }) };
}

/** What the engine of a cluster is known to have. */
export function currentAccess(state: State, cluster: CacheClusterRecord): AccessSettings {
  const { replicationGroupId } = cluster;
  const owner = replicationGroupId === undefined ? cluster : state.groups.get(cluster, replicationGroupId);
  return owner?.access ?? {};
}

function engineUsers(state: State, scope: Scope, settings: AccessSettings): CacheUser[] | undefined {
  const { userGroupIds = [], authTokens = [] } = settings;
  if (userGroupIds.length > 0) return membersOf(state, scope, userGroupIds);
  if (authTokens.length === 0 || settings.authTokenOptional === true) return undefined;
  return [{ name: defaultUser, rules: "on ~* &* +@all", passwordHashes: authTokens, open: false }];
}

function membersOf(state: State, scope: Scope, userGroupIds: readonly string[]): CacheUser[] {
  const ids = new Set<string>();
  for (const groupId of userGroupIds) {
    const group = state.userGroups.get(scope, groupId);
    for (const id of group?.pending?.userIds ?? group?.userIds ?? []) ids.add(id);
  }
  return [...ids]
    .flatMap((id) => findUser(state, scope, id) ?? [])
    .filter(({ status }) => status !== "deleting")
    .map((user) => ({
      name: user.name,
      rules: user.accessString,
      passwordHashes: user.passwordHashes,
      open: user.authentication === "no-password",
      ...(user.authentication === "iam" ? { iam: true } : {}),
    }));
}
