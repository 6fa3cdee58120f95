import type { CacheCluster, ReplicationGroup, ReplicationGroupPendingModifiedValues } from "../model.generated.ts";
import type { AccessSettings } from "../state/records.ts";

type AccessView = Pick<
  ReplicationGroup & CacheCluster,
  "AuthTokenEnabled" | "AuthTokenLastModifiedDate" | "TransitEncryptionEnabled" | "TransitEncryptionMode"
>;

/** The members of AWS's replication groups and cache clusters that say how one connects. */
export function accessView(access: AccessSettings = {}): AccessView {
  const { transitEncryption, authTokens = [], authTokenModifiedAtMs } = access;
  return {
    AuthTokenEnabled: authTokens.length > 0,
    AuthTokenLastModifiedDate: authTokenModifiedAtMs === undefined ? undefined : new Date(authTokenModifiedAtMs),
    TransitEncryptionEnabled: transitEncryption !== undefined,
    TransitEncryptionMode: transitEncryption,
  };
}

/** What of `PendingModifiedValues` is about access. */
export function pendingAccessView(
  now: AccessSettings = {},
  then: AccessSettings | undefined,
): Pick<
  ReplicationGroupPendingModifiedValues,
  "AuthTokenStatus" | "UserGroups" | "TransitEncryptionEnabled" | "TransitEncryptionMode"
> {
  if (then === undefined) return {};
  const { userGroupIds: before = [] } = now;
  const { userGroupIds: after = [] } = then;
  const tokensOf = ({ authTokens = [], authTokenOptional }: AccessSettings): string =>
    `${authTokens.join()} ${authTokenOptional ?? false}`;
  const tokenChanges = then.authTokens !== undefined && tokensOf(then) !== tokensOf(now);
  const rotating = (then.authTokens ?? []).length > 1 || then.authTokenOptional === true;
  const reencrypts = now.transitEncryption !== then.transitEncryption;
  return {
    TransitEncryptionEnabled: reencrypts ? then.transitEncryption !== undefined : undefined,
    TransitEncryptionMode: reencrypts ? then.transitEncryption : undefined,
    AuthTokenStatus: tokenChanges ? (rotating ? "ROTATING" : "SETTING") : undefined,
    UserGroups:
      before.join() === after.join()
        ? undefined
        : {
            UserGroupIdsToAdd: after.filter((id) => !before.includes(id)),
            UserGroupIdsToRemove: before.filter((id) => !after.includes(id)),
          },
  };
}
