import { invalidCombination, invalidValue, userGroupState } from "../errors.ts";
import { filled } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { AccessSettings, EngineSettings } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { userGroupNamed } from "../user-groups/find-user-group.ts";
import { checkIamUsers } from "../user-groups/iam-users.ts";
import { userNamed } from "../users/find-user.ts";
import { authTokenHash } from "./auth-token.ts";

/** What CreateReplicationGroup and CreateCacheCluster say about access. */
export interface AccessRequest {
  readonly AuthToken?: string | undefined;
  readonly TransitEncryptionEnabled?: boolean | undefined;
  readonly TransitEncryptionMode?: string | undefined;
  readonly UserGroupIds?: readonly string[] | undefined;
}

/** How the engine that is asked for bears on access. */
export type AccessEngine = Pick<EngineSettings, "engine" | "engineVersion">;

/**
 * The access settings that a creation asks for.
 * @throws AwsError for everything that AWS refuses.
 */
export function planAccess(
  state: State,
  scope: Scope,
  request: AccessRequest,
  at: AccessEngine & { readonly nowMs: number },
): AccessSettings {
  const transitEncryption = plannedEncryption(request);
  const token = filled(request.AuthToken);
  const userGroupIds = (request.UserGroupIds ?? []).map((id) => id.toLowerCase());
  const encryption = transitEncryption === undefined ? {} : { transitEncryption };
  if (token === undefined && userGroupIds.length === 0) return encryption;
  if (at.engine === "memcached") throw invalidCombination("AuthToken is not supported for the engine memcached.");
  if (token !== undefined && userGroupIds.length > 0)
    throw invalidCombination("AuthToken cannot be used together with UserGroupIds.");
  if (token === undefined)
    return { ...encryption, userGroupIds: plannedUserGroups(state, scope, userGroupIds, { ...at, transitEncryption }) };
  const hash = authTokenHash(token);
  requireEncryption(transitEncryption);
  return { ...encryption, authTokens: [hash], authTokenModifiedAtMs: at.nowMs };
}

/** @throws AwsError when AUTH is asked for without encryption in transit, which would send the token in clear. */
export function requireEncryption(transitEncryption: AccessSettings["transitEncryption"]): void {
  if (transitEncryption === undefined)
    throw invalidCombination("AuthToken needs encryption in transit: set TransitEncryptionEnabled to true.");
}

/** @throws AwsError for a group that these engines cannot have. */
export function plannedUserGroups(
  state: State,
  scope: Scope,
  ids: readonly string[],
  at: AccessEngine & { readonly transitEncryption: AccessSettings["transitEncryption"] },
): readonly string[] {
  if (ids.length > 1) throw invalidValue(`A replication group has at most one user group, not ${ids.length}.`);
  if (at.engine === "redis" && Number.parseInt(at.engineVersion, 10) < 6)
    throw invalidCombination(`User groups need redis 6.0 or later, not ${at.engineVersion}.`);
  for (const id of ids) {
    const group = userGroupNamed(state, scope, id);
    if (group.status !== "active")
      throw userGroupState(`User group ${group.id} is not in active state, but ${group.status}.`);
    if (group.engine === "valkey" && at.engine === "redis")
      throw invalidValue(
        `User group ${group.id} has the engine valkey, which a replication group of redis cannot use.`,
      );
    checkIamUsers(
      group.userIds.map((userId) => userNamed(state, scope, userId)),
      at,
    );
  }
  if (ids.length > 0 && at.transitEncryption === undefined)
    throw invalidCombination("User group based access control requires encryption-in-transit to be enabled.");
  return ids;
}

function plannedEncryption(request: AccessRequest): AccessSettings["transitEncryption"] {
  const mode = filled(request.TransitEncryptionMode);
  if (request.TransitEncryptionEnabled !== true) {
    if (mode !== undefined)
      throw invalidCombination("TransitEncryptionMode needs TransitEncryptionEnabled to be true.");
    return undefined;
  }
  return mode === "preferred" ? "preferred" : "required";
}
