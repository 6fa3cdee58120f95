import { invalidCombination, invalidValue } from "../errors.ts";
import { filled } from "../requests/identifiers.ts";
import type { Scope } from "../scope.ts";
import type { AccessSettings } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { updatedToken } from "./auth-token.ts";
import { type AccessEngine, plannedUserGroups, requireEncryption } from "./plan-access.ts";

/** What ModifyReplicationGroup and ModifyCacheCluster say about access. */
export interface AccessChangeRequest {
  readonly AuthToken?: string | undefined;
  readonly AuthTokenUpdateStrategy?: string | undefined;
  readonly UserGroupIdsToAdd?: readonly string[] | undefined;
  readonly UserGroupIdsToRemove?: readonly string[] | undefined;
  readonly RemoveUserGroups?: boolean | undefined;
  readonly TransitEncryptionEnabled?: boolean | undefined;
  readonly TransitEncryptionMode?: string | undefined;
}

/**
 * The settings that a modification leads to, or undefined when it changes none of them.
 * @throws AwsError for everything that AWS refuses.
 */
export function changedAccess(
  state: State,
  scope: Scope,
  request: AccessChangeRequest,
  at: AccessEngine & { readonly settings: AccessSettings; readonly nowMs: number },
): AccessSettings | undefined {
  const { transitEncryption: before, ...others } = at.settings;
  const encryption = changedEncryption(request, at.settings);
  const settings: AccessSettings = encryption === undefined ? others : { ...others, transitEncryption: encryption };
  const userGroupIds = changedUserGroups(request, settings);
  const token = filled(request.AuthToken);
  const strategy = filled(request.AuthTokenUpdateStrategy);
  if (token === undefined && strategy !== undefined && strategy !== "DELETE")
    throw invalidCombination(`AuthTokenUpdateStrategy ${strategy} needs an AuthToken.`);
  let changed: AccessSettings | undefined = encryption === before ? undefined : settings;
  if (userGroupIds !== undefined) {
    const { transitEncryption } = settings;
    const ids = plannedUserGroups(state, scope, userGroupIds, { ...at, transitEncryption });
    const { userGroupIds: _before, ...kept } = settings;
    changed = ids.length === 0 ? kept : { ...kept, userGroupIds: ids };
  }
  if (strategy === "DELETE") return withoutToken(settings, changed, token);
  const grouped = (changed ?? settings).userGroupIds !== undefined;
  if (token === undefined) {
    if (userGroupIds !== undefined && grouped && settings.authTokens !== undefined)
      throw invalidCombination(
        "The replication group has an AuthToken. Give AuthTokenUpdateStrategy DELETE to go over to user groups.",
      );
    return changed;
  }
  if (at.engine === "memcached") throw invalidCombination("AuthToken is not supported for the engine memcached.");
  if (grouped) throw invalidCombination("AuthToken cannot be used together with user groups.");
  requireEncryption(settings.transitEncryption);
  // SET is how AWS goes back from user groups to a token.
  const from = userGroupIds === undefined ? settings : { ...changed, userGroupIds: settings.userGroupIds ?? [] };
  const { userGroupIds: _left, ...updated } = updatedToken(from, { token, strategy, nowMs: at.nowMs });
  return updated;
}

/** DELETE is for going over to user groups only. Source: `AuthTokenUpdateStrategy` of the API. */
function withoutToken(
  settings: AccessSettings,
  changed: AccessSettings | undefined,
  token: string | undefined,
): AccessSettings {
  if (token !== undefined) throw invalidCombination("AuthTokenUpdateStrategy DELETE cannot be used with an AuthToken.");
  if (settings.authTokens === undefined) throw invalidCombination("There is no AuthToken that could be deleted.");
  if (changed?.userGroupIds === undefined)
    throw invalidCombination("AuthTokenUpdateStrategy DELETE is allowed only when a user group is added.");
  const { authTokens: _tokens, authTokenOptional: _optional, authTokenModifiedAtMs: _when, ...kept } = changed;
  return kept;
}

function changedUserGroups(request: AccessChangeRequest, settings: AccessSettings): readonly string[] | undefined {
  const before = settings.userGroupIds ?? [];
  const add = (request.UserGroupIdsToAdd ?? []).map((id) => id.toLowerCase());
  const remove = (request.UserGroupIdsToRemove ?? []).map((id) => id.toLowerCase());
  if (request.RemoveUserGroups === true) {
    if (add.length > 0 || remove.length > 0)
      throw invalidCombination("RemoveUserGroups cannot be used with UserGroupIdsToAdd or UserGroupIdsToRemove.");
    return before.length === 0 ? undefined : [];
  }
  if (add.length === 0 && remove.length === 0) return undefined;
  for (const id of add)
    if (before.includes(id)) throw invalidValue(`User group ${id} is associated with the replication group already.`);
  for (const id of remove)
    if (!before.includes(id)) throw invalidValue(`User group ${id} is not associated with the replication group.`);
  return [...before.filter((id) => !remove.includes(id)), ...add];
}

/**
 * Encryption comes and goes by way of `preferred`, as on AWS, so that clients can change over meanwhile.
 * @throws AwsError `InvalidParameterCombination` for a step that skips it.
 */
function changedEncryption(
  request: AccessChangeRequest,
  settings: AccessSettings,
): AccessSettings["transitEncryption"] {
  const now = settings.transitEncryption;
  const mode = filled(request.TransitEncryptionMode);
  const enabled = request.TransitEncryptionEnabled ?? now !== undefined;
  if (!enabled && mode !== undefined)
    throw invalidCombination("TransitEncryptionMode needs TransitEncryptionEnabled to be true.");
  const wanted = enabled ? (mode ?? now ?? "required") : undefined;
  if (wanted === now) return now;
  if (now === undefined && wanted === "required")
    throw invalidCombination(
      "Encryption in transit is enabled in two steps: set TransitEncryptionMode to preferred first, then to required.",
    );
  if (now === "required" && wanted === undefined)
    throw invalidCombination(
      "Encryption in transit is disabled in two steps: set TransitEncryptionMode to preferred first.",
    );
  if (wanted === undefined && (settings.authTokens ?? settings.userGroupIds) !== undefined)
    throw invalidCombination("AUTH and user groups need encryption in transit. Remove them first.");
  return wanted === "required" || wanted === "preferred" ? wanted : undefined;
}
